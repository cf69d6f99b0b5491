// Requests to the admin server, as bytes on a connection. The first byte chooses the daemon that is
// asked: 1 has a token, 2 is asked from its own machine, 4 has a pipeline. Every byte of the
// answers is foretold by method, path and right, so nothing of a request can come back in them.
#include "admin/admin_server.hpp"
#include "fuzz/http_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <string>
#include <vector>

// The log of this program: linked in place of the daemon's.
namespace {
std::size_t lines_logged = 0;
}
namespace sluice::log {
bool enabled(level) noexcept
{
    return true;
}
void write(level, std::string_view, std::string_view)
{
    ++lines_logged;
}
std::uint64_t lost_lines()
{
    return 0;
}
} // namespace sluice::log

namespace {

using namespace sluice;
using sluice::fuzz::require;

constexpr std::string_view token = "open-sesame";

// A queue and a database that nobody asks: the pipeline does not run.
class silent_queue final : public sqs::queue
{
    awaitable<steady_time> receive(const sqs::receive_options&, sqs::response_room&,
                                   delivery&) override
    {
        co_return steady_time{};
    }
    awaitable<sqs::batch_result> remove(std::span<const receipt>) override
    {
        co_return sqs::batch_result{};
    }
    awaitable<sqs::batch_result> change_visibility(std::span<const receipt>, sqs::seconds) override
    {
        co_return sqs::batch_result{};
    }
    awaitable<sqs::queue_attributes> attributes() override { co_return sqs::queue_attributes{}; }
};

class silent_link final : public postgres::link
{
    awaitable<void> open() override { co_return; }
    awaitable<void> send(transform::row_batch&, transform::row_batch::path) override { co_return; }
    awaitable<postgres::commit_outcome> receive() override { co_return postgres::commit_outcome{}; }
    void close() noexcept override {}
};

std::shared_ptr<const transform::mapping> one_column()
{
    config::pipeline from;
    from.record.columns.emplace_back().name = "name";
    from.record.columns.back().from = config::json_pointer{{"name"}};
    auto out = transform::mapping::compile(from);
    require(out.made != nullptr, "the mapping is good");
    return out.made;
}

// A daemon whose one pipeline has not begun.
struct world
{
    asio::io_context context;
    test::virtual_clock time;
    seeded_random random{1};
    silent_queue queue;
    silent_link database;
    transform::row_splitter splitter{one_column(), nullptr};
    sqs::request_counters requests;
    pipeline::pipeline people{{.executor = context.get_executor(),
                               .time = time,
                               .random = random,
                               .queue = queue,
                               .links = {&database},
                               .prepare_database = {},
                               .splitter = splitter,
                               .requests = requests},
                              {.name = "people", .limit = {100, 1 << 20}}};
};

struct question
{
    std::string method;
    std::string path;
    bool has_right = false;
};

class site
{
public:
    explicit site(unsigned char choice)
        : has_token_((choice & 1) != 0),
          is_near_((choice & 2) != 0),
          has_pipeline_((choice & 4) != 0),
          settings_(settings_for(has_token_)),
          router_(world_.time, settings_, [this] {
              using list = std::vector<const pipeline::pipeline*>;
              return has_pipeline_ ? list{&world_.people} : list{};
          })
    {
        metrics_ = body_of("/metrics");
        status_ = body_of("/api/v1/status");
        require(metrics_.starts_with("# HELP sluice_"), "metrics are metrics");
        require(status_.starts_with(R"({"version":)"), "the status is JSON");
    }

    [[nodiscard]] net::http_server_options options() const { return admin::options_for(settings_); }

    // Answers as the daemon does, and notes what was asked.
    awaitable<void> handle(const net::http_request& request, net::http_response& response)
    {
        require(request.body.empty(), "nobody sends the admin server a body");
        net::http_request seen = request;
        if (is_near_)
            seen.peer = {asio::ip::address_v4::loopback(), 40000};
        asked.push_back({std::string(request.method),
                         std::string(request.target.substr(0, request.target.find('?'))),
                         has_right(request)});
        router_.answer(seen, response);
        co_return;
    }

    [[nodiscard]] fuzz::reply expected(const question& of) const
    {
        fuzz::reply out = expected_by_get(of);
        out.bodiless = of.method == "HEAD";
        return out;
    }

    std::vector<question> asked;

private:
    [[nodiscard]] fuzz::reply expected_by_get(const question& of) const
    {
        constexpr std::array paths{"/metrics", "/healthz", "/readyz", "/api/v1/status"};
        if (std::ranges::find(paths, of.path) == paths.end())
            return {.status = 404,
                    .reason = "Not Found",
                    .body = "not found; there are /metrics, /healthz, /readyz and "
                            "/api/v1/status\n"};
        if (of.method != "GET" && of.method != "HEAD")
            return {.status = 405,
                    .reason = "Method Not Allowed",
                    .extra_fields = "Allow: GET, HEAD\r\n",
                    .body = "only GET\n"};
        if (of.path == "/metrics")
            return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_};
        if (of.path == "/healthz")
            return {.body = "alive\n"};
        if (of.path == "/readyz" && has_pipeline_)
            return {.status = 503,
                    .reason = "Service Unavailable",
                    .body = "people: " + world_.people.trouble().value_or("starting") + "\n"};
        if (of.path == "/readyz")
            return {.body = "ready\n"};
        if (!of.has_right)
            return {.status = 401,
                    .reason = "Unauthorized",
                    .extra_fields = "WWW-Authenticate: Bearer\r\n",
                    .body = "send the token of admin.token as a bearer token\n"};
        return {.content_type = "application/json", .body = status_};
    }

    static config::admin settings_for(bool with_token)
    {
        config::admin out;
        if (with_token)
            out.token = secret(std::string(token));
        return out;
    }

    // A token, if there is one, is asked of those near, too.
    [[nodiscard]] bool has_right(const net::http_request& request) const
    {
        if (!has_token_)
            return is_near_;
        constexpr std::string_view wanted = "authorization";
        for (const net::http_field& each : request.fields)
            if (std::ranges::equal(each.name, wanted, {}, [](unsigned char c) {
                    return static_cast<char>(std::tolower(c));
                }))
                return each.value == fmt::format("Bearer {}", token);
        return false;
    }

    std::string body_of(std::string_view path)
    {
        const std::string value = fmt::format("Bearer {}", token);
        const std::array fields{net::http_field{"Authorization", value}};
        net::http_request request;
        request.method = "GET";
        request.target = path;
        request.fields = fields;
        request.peer = {asio::ip::address_v4::loopback(), 40000};
        net::http_response response;
        router_.answer(request, response);
        require(response.status == 200, "who has the right sees it");
        return std::string(response.body.view());
    }

    bool has_token_;
    bool is_near_;
    bool has_pipeline_;
    config::admin settings_;
    world world_;
    admin::router router_;
    std::string metrics_;
    std::string status_;
};

// What the questions should be answered with, in order.
std::vector<fuzz::reply> expected_of(const site& asked)
{
    std::vector<fuzz::reply> out;
    for (const question& each : asked.asked)
        out.push_back(asked.expected(each));
    return out;
}

site& site_for(unsigned char choice)
{
    static std::array<std::unique_ptr<site>, 8> all;
    auto& chosen = all[choice % all.size()];
    if (!chosen)
        chosen = std::make_unique<site>(choice);
    chosen->asked.clear();
    return *chosen;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input = fuzz::as_text(data, size);
    site& asked = site_for(static_cast<unsigned char>(fuzz::take_choice(input)));
    if (input.size() > fuzz::exchange_bytes_max)
        return 0;
    const net::http_handler handler = [&asked](const auto& request, auto& response) {
        return asked.handle(request, response);
    };
    const std::string answers = fuzz::answers_to(input, asked.options(), handler);
    fuzz::check_answers(answers, expected_of(asked));
    require(lines_logged == 0, "who asks writes nothing into the log");
    return 0;
}
