// Requests to the admin server, as bytes on a connection. The first byte chooses the daemon that is
// asked: 1 has a token, 2 is asked from its own machine, 4 has a pipeline. Every byte of the
// answers is foretold by method, path, right and what was commanded before, so nothing of a request
// can come back in them.
#include "admin/admin_server.hpp"
#include "admin/embedded.hpp"
#include "admin/status_page.hpp"
#include "fuzz/http_exchange.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <regex>
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

// A database that answers at once.
class ready_rows final : public postgres::stored_reader
{
public:
    awaitable<postgres::stored_rows> latest(std::size_t limit) override
    {
        const std::optional<std::string> number = std::to_string(limit);
        co_return postgres::stored_rows{"t", {"name"}, {{number}}};
    }
    awaitable<std::vector<postgres::letter>> letters(std::size_t) override
    {
        co_return std::vector<postgres::letter>{};
    }
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
    ready_rows stored;
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
    std::string query;
    bool has_right = false;
    bool is_of_a_page = false; // of a website, through a browser
};

// A path that names a pipeline, or a command to it.
struct pipeline_path
{
    std::string_view name;
    std::string_view rest; // empty: its data are asked for

    [[nodiscard]] bool is_command() const
    {
        return rest == "pause" || rest == "resume" || rest == "run";
    }
    [[nodiscard]] bool is_stored() const { return rest == "latest" || rest == "letters"; }
};

std::optional<pipeline_path> parse_pipeline_path(std::string_view path)
{
    constexpr std::string_view root = "/api/v1/pipelines/";
    if (!path.starts_with(root))
        return std::nullopt;
    path.remove_prefix(root.size());
    const std::size_t slash = std::min(path.find('/'), path.size());
    const pipeline_path out{path.substr(0, slash), path.substr(std::min(slash + 1, path.size()))};
    const bool is_data = slash == path.size();
    const bool is_known = is_data || out.is_command() || out.is_stored();
    return !out.name.empty() && is_known ? std::optional(out) : std::nullopt;
}

// Another way to read ?limit=: nothing if it is wrong.
std::optional<std::size_t> limit_in(const std::string& query)
{
    constexpr std::size_t key_size = 7;
    const std::size_t at = query.starts_with("?limit=") ? 0 : query.find("&limit=");
    if (at == std::string::npos)
        return 50;
    const std::size_t begin = at + key_size;
    std::string value = query.substr(begin, query.find('&', begin) - begin);
    value.erase(0, std::min(value.find_first_not_of('0'), value.size()));
    static const std::regex good("[1-9][0-9]?|1[0-9]{2}|200");
    if (value.size() > 3 || !std::regex_match(value, good))
        return std::nullopt;
    return std::stoul(value);
}

// Another way to say what is a name or an address of this machine.
bool names_this_machine(const std::string& host)
{
    constexpr std::size_t longest = 64;
    static const std::regex form(R"((localhost|[0-9.]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?)",
                                 std::regex::icase);
    std::smatch found;
    if (host.size() > longest || !std::regex_match(host, found, form))
        return false;
    std::string name = found[1];
    if (name.front() == '[') {
        name = name.substr(1, name.size() - 2);
        in6_addr address{};
        return ::inet_pton(AF_INET6, name.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
    }
    in_addr address{};
    constexpr std::uint32_t loopback_net = 127;
    return std::tolower(static_cast<unsigned char>(name.front())) == 'l' ||
           (::inet_pton(AF_INET, name.c_str(), &address) == 1 &&
            ntohl(address.s_addr) >> 24 == loopback_net);
}

// What is foretold of a pipeline that is as it was made, or paused.
struct pages
{
    std::string metrics;
    std::string status;
    std::string pipeline;
};

class site
{
public:
    explicit site(unsigned char choice)
        : has_token_((choice & 1) != 0),
          is_near_((choice & 2) != 0),
          has_pipeline_((choice & 4) != 0),
          settings_(settings_for(has_token_)),
          router_(
              world_.time, settings_,
              [this] {
                  using list = std::vector<pipeline::pipeline*>;
                  return has_pipeline_ ? list{&world_.people} : list{};
              },
              [this](std::string_view name) {
                  const bool is_known = has_pipeline_ && name == world_.people.name();
                  return std::shared_ptr<postgres::stored_reader>(
                      std::shared_ptr<void>(), is_known ? &world_.stored : nullptr);
              })
    {
        as_made_ = pages_now();
        world_.people.pause();
        paused_ = pages_now();
        require(as_made_.metrics.starts_with("# HELP sluice_"), "metrics are metrics");
        require(as_made_.status.starts_with(R"({"version":)"), "the status is JSON");
        require(!has_pipeline_ || as_made_.status != paused_.status, "a pause is seen");
        begin();
    }

    // As it was made.
    void begin()
    {
        world_.people.resume();
        is_paused_ = false;
        asked_.clear();
        lines_logged = 0;
    }

    [[nodiscard]] net::http_server_options options() const { return admin::options_for(settings_); }

    // Answers as the daemon does, and notes what was asked.
    awaitable<void> handle(const net::http_request& request, net::http_response& response)
    {
        require(request.body.empty(), "nobody sends the admin server a body");
        net::http_request seen = request;
        if (is_near_)
            seen.peer = {asio::ip::address_v4::loopback(), 40000};
        const std::size_t path_size = std::min(request.target.find('?'), request.target.size());
        asked_.push_back({std::string(request.method),
                          std::string(request.target.substr(0, path_size)),
                          std::string(request.target.substr(path_size)), has_right(request),
                          is_of_a_page(request)});
        co_await router_.answer(seen, response);
    }

    // What was asked should be answered with this, in order, and logged with so many lines.
    struct foretold
    {
        std::vector<fuzz::reply> answers;
        std::size_t lines = 0;
    };
    [[nodiscard]] foretold foretell()
    {
        foretold out;
        for (const question& each : asked_) {
            const auto one = parse_pipeline_path(each.path);
            const bool is_command = one && one->is_command();
            fuzz::reply answer = is_command ? command(each, *one) : expected(each, one);
            answer.extra_fields.insert(0, common_fields);
            answer.bodiless = each.method == "HEAD";
            out.answers.push_back(std::move(answer));
            out.lines += is_command && each.method == "POST" ? 1 : 0;
        }
        return out;
    }

private:
    static constexpr std::string_view common_fields =
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";

    [[nodiscard]] const pages& now() const { return is_paused_ ? paused_ : as_made_; }

    static fuzz::reply json(std::string body)
    {
        return {.content_type = "application/json", .body = std::move(body)};
    }

    // To who has no right to data or commands; nothing to who has.
    static std::optional<fuzz::reply> refused(const question& of)
    {
        if (of.has_right && of.is_of_a_page)
            return fuzz::reply{
                .status = 403,
                .reason = "Forbidden",
                .body = "only for who asks for localhost or a loopback address, and not for web "
                        "pages of others: set admin.token, and send it\n"};
        if (of.has_right)
            return std::nullopt;
        return fuzz::reply{.status = 401,
                           .reason = "Unauthorized",
                           .extra_fields = "WWW-Authenticate: Bearer\r\n",
                           .body = "send the token of admin.token as a bearer token\n"};
    }

    [[nodiscard]] fuzz::reply data_of(std::string_view name) const
    {
        if (has_pipeline_ && name == world_.people.name())
            return json(now().pipeline);
        return {.status = 404,
                .reason = "Not Found",
                .body = "no such pipeline; /api/v1/status shows all\n"};
    }

    static fuzz::reply stored_of(const question& of, const pipeline_path& what)
    {
        const auto limit = limit_in(of.query);
        if (!limit)
            return {
                .status = 400, .reason = "Bad Request", .body = "limit: a number from 1 to 200\n"};
        if (what.rest == "letters")
            return json(R"({"pipeline":"people","letters":[]})");
        return json(fmt::format(
            R"({{"pipeline":"people","table":"t","columns":["name"],"rows":[["{}"]]}})", *limit));
    }

    fuzz::reply command(const question& of, const pipeline_path& what)
    {
        if (of.method != "POST")
            return {.status = 405,
                    .reason = "Method Not Allowed",
                    .extra_fields = "Allow: POST\r\n",
                    .body = "only POST\n"};
        if (auto no = refused(of))
            return *std::move(no);
        if (has_pipeline_ && what.name == world_.people.name() && what.rest != "run")
            is_paused_ = what.rest == "pause";
        return data_of(what.name);
    }

    [[nodiscard]] fuzz::reply expected(const question& of,
                                       const std::optional<pipeline_path>& one) const
    {
        constexpr std::array paths{"/",
                                   "/metrics",
                                   "/healthz",
                                   "/readyz",
                                   "/api/v1/status",
                                   "/api/v1/events",
                                   "/api/v1/openapi.json"};
        if (!one && std::ranges::find(paths, of.path) == paths.end())
            return {.status = 404,
                    .reason = "Not Found",
                    .body = "not found; /api/v1/openapi.json tells what there is\n"};
        if (of.method != "GET" && of.method != "HEAD")
            return {.status = 405,
                    .reason = "Method Not Allowed",
                    .extra_fields = "Allow: GET, HEAD\r\n",
                    .body = "only GET\n"};
        if (of.path == "/")
            return {.content_type = "text/html; charset=utf-8",
                    .extra_fields = fmt::format("Content-Security-Policy: {}\r\n"
                                                "Referrer-Policy: no-referrer\r\n",
                                                admin::status_page().policy),
                    .body = admin::status_page().text};
        if (of.path == "/api/v1/openapi.json")
            return json(std::string(admin::openapi_json));
        if (of.path == "/metrics")
            return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
                    .body = now().metrics};
        if (of.path == "/healthz")
            return {.body = "alive\n"};
        if (of.path == "/readyz" && has_pipeline_)
            return {.status = 503,
                    .reason = "Service Unavailable",
                    .body = is_paused_ ? "people: paused by an operator, until it is resumed\n"
                                       : "people: starting\n"};
        if (of.path == "/readyz")
            return {.body = "ready\n"};
        if (auto no = refused(of))
            return *std::move(no);
        if (of.path == "/api/v1/events")
            return {.content_type = "text/event-stream",
                    .body = fmt::format("retry: 2000\nevent: status\ndata: {}\n\n", now().status),
                    .goes_on = true};
        if (one && one->is_stored() && has_pipeline_ && one->name == world_.people.name())
            return stored_of(of, *one);
        return one ? data_of(one->name) : json(now().status);
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
        return first_of(request, "authorization") == fmt::format("Bearer {}", token);
    }

    [[nodiscard]] bool is_of_a_page(const net::http_request& request) const
    {
        return !has_token_ && (first_of(request, "origin") ||
                               !names_this_machine(first_of(request, "host").value_or("")));
    }

    static std::optional<std::string> first_of(const net::http_request& request,
                                               std::string_view lower_name)
    {
        for (const net::http_field& each : request.fields)
            if (std::ranges::equal(each.name, lower_name, {}, [](unsigned char c) {
                    return static_cast<char>(std::tolower(c));
                }))
                return std::string(each.value);
        return std::nullopt;
    }

    [[nodiscard]] pages pages_now()
    {
        return {body_of("/metrics"), body_of("/api/v1/status"),
                has_pipeline_ ? body_of("/api/v1/pipelines/people") : ""};
    }

    std::string body_of(std::string_view path)
    {
        const std::string value = fmt::format("Bearer {}", token);
        const std::array fields{net::http_field{"Authorization", value},
                                net::http_field{"Host", "localhost"}};
        net::http_request request;
        request.method = "GET";
        request.target = path;
        request.fields = fields;
        request.peer = {asio::ip::address_v4::loopback(), 40000};
        net::http_response response;
        asio::co_spawn(world_.context, router_.answer(request, response),
                       [](std::exception_ptr e) { require(!e, "an answer does not throw"); });
        world_.context.restart();
        world_.context.poll();
        require(response.status == 200, "who has the right sees it");
        return std::string(response.body.view());
    }

    bool has_token_;
    bool is_near_;
    bool has_pipeline_;
    config::admin settings_;
    world world_;
    admin::router router_;
    pages as_made_;
    pages paused_;
    bool is_paused_ = false;
    std::vector<question> asked_;
};

site& site_for(unsigned char choice)
{
    static std::array<std::unique_ptr<site>, 8> all;
    auto& chosen = all[choice % all.size()];
    if (!chosen)
        chosen = std::make_unique<site>(choice);
    chosen->begin();
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
    const site::foretold expected = asked.foretell();
    fuzz::check_answers(answers, expected.answers);
    require(lines_logged == expected.lines, "a command is a line of the log, a question is none");
    return 0;
}
