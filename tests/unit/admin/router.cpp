#include "admin/router.hpp"

#include "support/virtual_clock.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <memory>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

// A queue that answers nothing until it is well again; then it has no message.
class queue_of_test final : public sqs::queue
{
public:
    explicit queue_of_test(sluice::clock& time) : clock_(time) {}

    awaitable<steady_time> receive(const sqs::receive_options& how, sqs::response_room&,
                                   delivery&) override
    {
        ++polls;
        require_well();
        sleeper place(clock_);
        co_await place.sleep_for(is_silent ? 24h : how.wait);
        co_return clock_.now();
    }
    awaitable<sqs::batch_result> remove(std::span<const receipt>) override
    {
        co_return sqs::batch_result{};
    }
    awaitable<sqs::batch_result> change_visibility(std::span<const receipt>, sqs::seconds) override
    {
        co_return sqs::batch_result{};
    }
    awaitable<sqs::queue_attributes> attributes() override
    {
        ++readings;
        require_well();
        sqs::queue_attributes out;
        out.visible = visible;
        co_return out;
    }

    bool is_gone = false;
    bool is_silent = false; // polls do not come back
    int polls = 0;
    int readings = 0;
    std::uint64_t visible = 0; // as it says; no poll gets one

private:
    void require_well() const
    {
        if (is_gone)
            throw sqs::queue_error(sqs::failure::no_queue, "no such queue");
    }

    sluice::clock& clock_;
};

// A database that opens when it is not wrong, and is never sent anything.
class database_of_test final : public postgres::link
{
public:
    explicit database_of_test(sluice::clock& time) : lost_(time) {}

    awaitable<void> open() override
    {
        ++opens;
        if (is_wrong)
            throw postgres::database_error({.sqlstate = "42P01", .text = "there is no such table"});
        is_open_ = true;
        co_return;
    }
    awaitable<void> send(transform::row_batch&, transform::row_batch::path) override { co_return; }
    awaitable<postgres::commit_outcome> receive() override
    {
        while (is_open_)
            co_await lost_.sleep();
        co_return postgres::commit_outcome{};
    }
    void close() noexcept override
    {
        is_open_ = false;
        lost_.wake();
    }

    bool is_wrong = false;
    int opens = 0;

private:
    sleeper lost_;
    bool is_open_ = false;
};

std::shared_ptr<const transform::mapping> one_column()
{
    config::pipeline from;
    from.record.columns.emplace_back().name = "name";
    from.record.columns.back().from = config::json_pointer{{"name"}};
    return transform::mapping::compile(from).made;
}

struct answer
{
    unsigned status = 0;
    std::string fields;
    std::string text;
    net::next_piece pieces{};

    [[nodiscard]] std::string of(const char* key) const
    {
        const boost::json::value all = boost::json::parse(text);
        const boost::json::value& found = all.at(key);
        return found.is_string() ? std::string(found.as_string()) : boost::json::serialize(found);
    }
    [[nodiscard]] std::string state() const { return of("state"); }
};

// Rows that take a while to be read.
class rows_of_test final : public postgres::stored_reader
{
public:
    static constexpr auto takes = 3s;

    explicit rows_of_test(sluice::clock& time) : rest_(time) {}

    awaitable<postgres::stored_rows> latest(std::size_t limit) override
    {
        co_await work(limit);
        co_return postgres::stored_rows{"public.people", {"name", "age"}, {{"<b>", std::nullopt}}};
    }

    awaitable<std::vector<postgres::letter>> letters(std::size_t limit) override
    {
        co_await work(limit);
        postgres::letter one;
        one.id = 7;
        one.reason = "missing";
        one.body = "what nobody may see";
        one.stored_at = wall_time(1500ms);
        co_return std::vector{one};
    }

    std::vector<std::size_t> limits;
    bool fails = false;

private:
    awaitable<void> work(std::size_t limit)
    {
        limits.push_back(limit);
        co_await rest_.sleep_for(takes);
        if (fails)
            throw postgres::database_error({.sqlstate = "57014", .text = "it took too long"});
    }

    sleeper rest_;
};

struct rig : test::test_bench
{
    seeded_random random{1};
    queue_of_test queue{time};
    database_of_test database{time};
    transform::row_splitter splitter{one_column(), nullptr};
    sqs::request_counters requests;
    bool deployment_is_wrong = false; // seen before anything runs
    int preparations = 0;
    pipeline::pipeline people{{.executor = io.get_executor(),
                               .time = time,
                               .random = random,
                               .queue = queue,
                               .links = {&database},
                               .prepare_database = [this] { return prepare(); },
                               .splitter = splitter,
                               .requests = requests},
                              {.name = "people",
                               .fetch = {.range = {1, 1}, .receive = {.wait = 20s}},
                               .limit = {100, 1 << 20}}};
    rows_of_test stored{time};
    int pages_made = 0;
    admin::router router{
        time,
        {},
        [this] { return std::vector{&people}; },
        [this](std::string_view name) {
            return std::shared_ptr<postgres::stored_reader>(std::shared_ptr<void>(),
                                                            name == "people" ? &stored : nullptr);
        },
        [this](admin::metric_page& page) { page.counter("pages_made", "", {}, ++pages_made); }};
    bool has_ended = false;

    awaitable<void> prepare()
    {
        ++preparations;
        if (deployment_is_wrong)
            throw postgres::database_error({.sqlstate = "42P01", .text = "there is no such table"});
        co_return;
    }

    void run()
    {
        start([this]() -> awaitable<void> {
            co_await people.run();
            has_ended = true;
        });
        settle();
    }

    ~rig()
    {
        people.stop();
        pass(60s);
        CHECK(has_ended);
    }

    answer ask(std::string_view method, std::string_view target,
               std::string_view host = "localhost:9464")
    {
        const std::array fields{net::http_field{"Host", host}};
        net::http_request request;
        request.method = method;
        request.target = target;
        request.fields = fields;
        request.peer = {asio::ip::address_v4::loopback(), 40000};
        net::http_response response;
        bool is_answered = false;
        start([&]() -> awaitable<void> {
            co_await router.answer(request, response);
            is_answered = true;
        });
        settle();
        if (!is_answered)
            pass(rows_of_test::takes);
        CHECK(is_answered);
        return {response.status, response.extra_fields, std::string(response.body.view()),
                response.pieces};
    }

    answer tell(const char* what)
    {
        return ask("POST", std::string("/api/v1/pipelines/people/") + what);
    }
    answer shown() { return ask("GET", "/api/v1/pipelines/people"); }
};

} // namespace

TEST_CASE("router: a pause stops receiving until it is resumed, and is not sickness")
{
    rig one;
    one.queue.visible = 5;
    one.run();
    CHECK(one.shown().state() == "running");
    CHECK(one.shown().of("why") == "null");
    CHECK(one.queue.polls == 1);
    const answer paused = one.tell("pause");
    CHECK(paused.status == 200);
    CHECK(paused.state() == "paused");
    one.pass(10min); // the poll that was under way ends, and no other begins
    CHECK(one.queue.polls == 1);
    CHECK(one.tell("pause").of("state_since_ms") == paused.of("state_since_ms"));
    CHECK(one.ask("GET", "/readyz").status == 503);
    CHECK(one.ask("GET", "/readyz").text == "people: paused by an operator, until it is resumed\n");
    CHECK(one.ask("GET", "/healthz").status == 200);
    CHECK(one.tell("run").state() == "paused");
    one.pass(1min);
    CHECK(one.queue.polls == 1);

    CHECK(one.tell("resume").state() == "running");
    CHECK(one.queue.polls == 2);
    CHECK(one.ask("GET", "/readyz").status == 200);
    CHECK(one.ask("GET", "/healthz").status == 200);
    CHECK(one.tell("resume").state() == "running");
    CHECK(one.queue.polls == 2);
}

TEST_CASE("router: paused before it runs, it makes ready and receives nothing")
{
    rig one;
    CHECK(one.shown().state() == "waiting");
    CHECK(one.shown().of("why") == "starting");
    CHECK(one.tell("pause").state() == "paused");
    one.run();
    CHECK(one.shown().of("phase") == "running");
    CHECK(one.shown().state() == "paused");
    CHECK(one.preparations == 1);
    CHECK(one.queue.polls == 0);
    one.tell("resume");
    CHECK(one.queue.polls == 1);
}

TEST_CASE("router: what a person has repaired is looked at as soon as he says so")
{
    for (const char* const what : {"run", "resume"}) {
        rig one;
        one.queue.is_gone = true;
        one.run();
        CHECK(one.shown().state() == "waiting");
        CHECK(one.shown().of("why") == "no such queue");
        one.queue.is_gone = false;
        one.deployment_is_wrong = true;
        one.settle();
        CHECK(one.queue.readings == 1);
        one.tell(what);
        CHECK(one.queue.readings == 2);
        CHECK(one.shown().of("why") == "there is no such table");
        one.deployment_is_wrong = false;
        one.database.is_wrong = true;
        one.tell(what);
        CHECK(one.preparations == 2);
        CHECK(one.shown().of("phase") == "running");
        CHECK(one.shown().state() == "waiting");
        CHECK(one.database.opens == 1);
        one.database.is_wrong = false;
        one.queue.is_gone = true;
        one.tell(what);
        CHECK(one.database.opens == 2);
        CHECK(one.queue.polls == 1);
        CHECK(one.shown().of("why") == "no such queue");
        one.queue.is_gone = false;
        one.tell(what);
        CHECK(one.queue.polls == 2);
        one.pass(20s); // the poll comes back: the queue is well
        CHECK(one.shown().state() == "running");
    }
}

TEST_CASE("router: a command to look now shortens no later pause")
{
    rig one;
    one.run();
    one.tell("run");
    one.pass(1s);
    one.database.is_wrong = true;
    one.database.close(); // the connection is lost
    one.settle();
    CHECK(one.shown().state() == "waiting");
    one.pass(1s); // it is tried again, and then a person must come
    const int opens = one.database.opens;
    one.pass(25s);
    CHECK(one.database.opens == opens);
}

TEST_CASE("router: a stop takes no more commands, and says so")
{
    rig one;
    one.run();
    one.people.stop();
    const answer told = one.tell("pause");
    CHECK(told.status == 409);
    CHECK(told.state() == "draining");
    CHECK(one.ask("GET", "/readyz").text == "people: draining\n");
    one.pass(60s);
    CHECK(one.tell("resume").status == 409);
    CHECK(one.shown().state() == "ended");
}

TEST_CASE("router: after a long outage the daemon is given time to commit something")
{
    rig one;
    one.queue.visible = 5;
    one.queue.is_silent = true;
    one.run();
    one.database.is_wrong = true;
    one.database.close(); // the connection is lost
    one.pass(20min);
    CHECK(one.shown().state() == "waiting");
    CHECK(one.ask("GET", "/healthz").status == 200);
    one.database.is_wrong = false;
    one.tell("run");
    CHECK(one.shown().state() == "running");
    CHECK(one.ask("GET", "/healthz").status == 200);
    one.pass(4min);
    CHECK(one.ask("GET", "/healthz").status == 200);
    one.pass(2min);
    CHECK(one.ask("GET", "/healthz").status == 503);
}

TEST_CASE("router: messages that are visible, and that no poll gets, are no fault of the daemon")
{
    rig one;
    one.queue.visible = 5; // behind one of their group that somebody else holds
    one.run();
    one.pass(1h);
    CHECK(one.ask("GET", "/healthz").status == 200);
    one.queue.is_silent = true;
    one.pass(4min);
    CHECK(one.ask("GET", "/healthz").status == 200);
    one.pass(2min);
    CHECK(one.ask("GET", "/healthz").status == 503);
}

TEST_CASE("router: methods and paths that there are")
{
    rig one;
    one.run();
    CHECK(one.ask("GET", "/api/v1/pipelines/people").status == 200);
    CHECK(one.ask("HEAD", "/api/v1/pipelines/people").status == 200);
    CHECK(one.ask("GET", "/api/v1/pipelines/people?x=1").status == 200);
    CHECK(one.ask("GET", "/api/v1/pipelines/nobody").status == 404);
    CHECK(one.ask("POST", "/api/v1/pipelines/nobody/pause").status == 404);
    for (const char* const none :
         {"/api/v1/pipelines", "/api/v1/pipelines/", "/api/v1/pipelines//",
          "/api/v1/pipelines//pause", "/api/v1/pipelines/people/", "/api/v1/pipelines/people/stop",
          "/api/v1/pipelines/people/pause/"})
        CHECK(one.ask("POST", none).status == 404);
    for (const char* const method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post"}) {
        const answer refused = one.ask(method, "/api/v1/pipelines/people/pause");
        CHECK(refused.status == 405);
        CHECK_THAT(refused.fields, EndsWith("\r\nAllow: POST\r\n"));
    }
    CHECK_THAT(one.ask("POST", "/api/v1/pipelines/people").fields,
               EndsWith("\r\nAllow: GET, HEAD\r\n"));
    CHECK(one.shown().state() == "running");
}

TEST_CASE("router: a name that somebody made resolve to this machine sees no data, and no names")
{
    rig one;
    one.run();
    for (const char* const path :
         {"/api/v1/status", "/api/v1/events", "/api/v1/pipelines/people", "/api/v1/pipelines/no"}) {
        const answer refused = one.ask("GET", path, "evil.example:9464");
        CHECK(refused.status == 403);
        CHECK(refused.text.find("people") == std::string::npos);
        CHECK_FALSE(refused.pieces);
    }
    for (const char* const path : {"/metrics", "/healthz", "/readyz"})
        CHECK(one.ask("GET", path, "10.1.2.3:9464").status == 200); // as scrapers and probes ask
}

TEST_CASE("router: a crowd that asks for metrics and status costs no more than a few who ask")
{
    rig one;
    one.run();
    for (int i = 0; i < 1000; ++i) {
        CHECK(one.ask("GET", "/metrics").status == 200);
        CHECK(one.ask("GET", "/api/v1/status").status == 200);
    }
    CHECK(one.pages_made < 30);
    const int made = one.pages_made;
    CHECK_THAT(one.ask("GET", "/api/v1/status").text, !Contains("\"state\":\"paused\""));
    one.tell("pause");
    CHECK_THAT(one.ask("GET", "/api/v1/status").text, Contains("\"state\":\"paused\""));
    one.ask("GET", "/metrics");
    CHECK(one.pages_made == made + 1);
}

TEST_CASE("router: events come at once, and then one a second, each with the state of that moment")
{
    rig one;
    one.run();
    answer events = one.ask("GET", "/api/v1/events");
    CHECK(events.status == 200);
    REQUIRE(events.pieces);
    byte_buffer got;
    int pieces = 0;
    one.start([&]() -> awaitable<void> {
        while (pieces < 3) {
            co_await events.pieces(got);
            ++pieces;
        }
    });
    one.settle();
    CHECK(pieces == 1);
    CHECK_THAT(std::string(got.view()),
               StartsWith("retry: 2000\nevent: status\ndata: {\"version\""));
    CHECK_THAT(std::string(got.view()), EndsWith("}\n\n"));
    one.pass(999ms);
    CHECK(pieces == 1);
    got.clear();
    one.tell("pause");
    one.pass(1ms);
    CHECK(pieces == 2);
    const std::string second(got.view());
    constexpr std::string_view begin = "event: status\ndata: ";
    REQUIRE_THAT(second, StartsWith(std::string(begin)));
    const answer data{200, {}, second.substr(begin.size())};
    CHECK(boost::json::parse(data.text).at("pipelines").at(0).at("state") == "paused");
    one.pass(1s);
    CHECK(pieces == 3);
}

TEST_CASE("router: eight may read events, and each who leaves makes room")
{
    rig one;
    one.run();
    std::vector<answer> readers;
    for (int i = 0; i < 8; ++i) {
        readers.push_back(one.ask("GET", "/api/v1/events"));
        CHECK(readers.back().status == 200);
    }
    const answer refused = one.ask("GET", "/api/v1/events");
    CHECK(refused.status == 503);
    CHECK_FALSE(refused.pieces);
    CHECK_THAT(refused.fields, EndsWith("Retry-After: 2\r\n"));
    readers.pop_back();
    CHECK(one.ask("HEAD", "/api/v1/events").status == 200);
    CHECK(one.ask("GET", "/api/v1/events").status == 200);
}

TEST_CASE("router: rows and letters are shown as they are stored, letters without bodies")
{
    rig one;
    one.run();
    const answer latest = one.ask("GET", "/api/v1/pipelines/people/latest?limit=3");
    CHECK(latest.status == 200);
    CHECK(latest.text == R"({"pipeline":"people","table":"public.people",)"
                         R"("columns":["name","age"],"rows":[["<b>",null]]})");
    const answer letters = one.ask("GET", "/api/v1/pipelines/people/letters?x=1&limit=200&limit=0");
    CHECK(letters.status == 200);
    CHECK(letters.text.find("nobody") == std::string::npos);
    const boost::json::value shown = boost::json::parse(letters.text).at("letters").at(0);
    CHECK(shown.at("id") == 7);
    CHECK(shown.at("stored_at_ms") == 1500);
    CHECK(shown.at("column").is_null());
    one.ask("GET", "/api/v1/pipelines/people/letters");
    CHECK(one.stored.limits == std::vector<std::size_t>{3, 200, 50});
}

TEST_CASE("router: a limit is a number that is allowed, and a name that of a pipeline")
{
    rig one;
    one.run();
    for (const char* const limit : {"0", "201", "", "-1", "5x", "99999999999999999999"})
        CHECK(
            one.ask("GET", std::string("/api/v1/pipelines/people/latest?limit=") + limit).status ==
            400);
    CHECK(one.ask("GET", "/api/v1/pipelines/nobody/latest").status == 404);
    CHECK(one.ask("GET", "/api/v1/pipelines/people/letters", "evil.example").status == 403);
    CHECK(one.stored.limits.empty());
}

TEST_CASE("router: one reads what is stored at a time, and a failure is told")
{
    rig one;
    one.run();
    net::http_response waiting;
    const std::array fields{net::http_field{"Host", "localhost"}};
    net::http_request first;
    first.method = "GET";
    first.target = "/api/v1/pipelines/people/latest";
    first.fields = fields;
    first.peer = {asio::ip::address_v4::loopback(), 40000};
    one.start([&] { return one.router.answer(first, waiting); });
    one.settle();
    const answer second = one.ask("GET", "/api/v1/pipelines/people/letters");
    CHECK(second.status == 503);
    CHECK_THAT(second.fields, EndsWith("Retry-After: 1\r\n"));
    CHECK(one.ask("GET", "/api/v1/status").status == 200); // which waits for nobody
    one.pass(rows_of_test::takes);
    CHECK(waiting.status == 200);

    one.stored.fails = true;
    const answer failed = one.ask("GET", "/api/v1/pipelines/people/latest");
    CHECK(failed.status == 503);
    CHECK_THAT(failed.text, StartsWith("it took too long"));
    one.stored.fails = false;
    CHECK(one.ask("GET", "/api/v1/pipelines/people/latest").status == 200);
}
