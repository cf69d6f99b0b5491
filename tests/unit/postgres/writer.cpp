#include "sink/postgres/writer.hpp"

#include "support/virtual_clock.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <map>

using namespace sluice;
using namespace sluice::postgres;
using namespace std::chrono_literals;
using path = transform::row_batch::path;
using test::test_bench;

namespace {

commit_outcome committed()
{
    commit_outcome outcome;
    outcome.what = commit_outcome::kind::committed;
    return outcome;
}

commit_outcome refused(std::string sqlstate, statement where = statement::rows,
                       std::string constraint = {})
{
    commit_outcome outcome;
    outcome.what = commit_outcome::kind::refused;
    outcome.where = where;
    outcome.error = {sqlstate, "refused " + sqlstate, std::move(constraint), {}, {}, false};
    return outcome;
}

// A database whose answers the test gives. Batches are told apart by their address.
class scripted_link final : public link
{
public:
    explicit scripted_link(sluice::clock& time) : wake_(time), clock_(time) {}

    awaitable<void> open() override
    {
        ++opened;
        closed_ = false;
        sent_.clear();
        if (on_open)
            on_open(opened);
        if (open_hangs) {
            co_await wake_.sleep();
            throw database_error({{}, "closed while connecting", {}, {}, {}, true});
        }
    }

    awaitable<void> send(transform::row_batch& batch, path way) override
    {
        attempts.emplace_back(&batch, way);
        sent_.push_back({attempts.size(), way});
        most_under_way = std::max(most_under_way, sent_.size());
        wake_.wake();
        co_return;
    }

    awaitable<commit_outcome> receive() override
    {
        for (;;) {
            if (closed_)
                co_return commit_outcome{};
            if (!sent_.empty() && !silent) {
                sleeper pause(clock_);
                co_await pause.sleep_for(latency);
                if (closed_)
                    co_return commit_outcome{};
                const auto [number, way] = sent_.front();
                sent_.pop_front();
                co_return answer(number, way);
            }
            co_await wake_.sleep();
        }
    }

    void close() noexcept override
    {
        closed_ = true;
        wake_.wake();
    }

    std::function<commit_outcome(std::size_t number, path way)> answer = [](std::size_t, path) {
        return committed();
    };
    std::function<void(int)> on_open;
    bool open_hangs = false;
    bool silent = false;
    std::chrono::milliseconds latency{1};
    int opened = 0;
    std::size_t most_under_way = 0;
    std::vector<std::pair<transform::row_batch*, path>> attempts;

private:
    struct sent
    {
        std::size_t number;
        path way;
    };
    std::deque<sent> sent_;
    sleeper wake_;
    sluice::clock& clock_;
    bool closed_ = true;
};

class listed_source final : public row_source
{
public:
    std::unique_ptr<transform::row_batch> try_take() override
    {
        if (batches.empty())
            return nullptr;
        auto next = std::move(batches.front());
        batches.pop_front();
        return next;
    }
    bool drained() const noexcept override { return closed && batches.empty(); }
    bool holds() const noexcept override { return held; }
    awaitable<void> wait(std::size_t, sleeper& place, steady_time deadline) override
    {
        co_await place.sleep_until(deadline);
    }

    std::deque<std::unique_ptr<transform::row_batch>> batches;
    bool closed = false;
    bool held = false;
};

class recorded_events final : public write_events
{
public:
    void committed(std::unique_ptr<transform::row_batch> batch, const commit_outcome&,
                   steady_clock::duration) override
    {
        settled.push_back(std::move(batch));
    }
    std::vector<write_job> isolate(write_job job, const commit_outcome&) override
    {
        ++isolated;
        job.way = path::careful;
        std::vector<write_job> parts;
        parts.push_back(std::move(job));
        return parts;
    }
    void refused(const server_error& error, verdict, follow_up) override
    {
        ++errors[error.sqlstate];
    }
    void connected(std::size_t) override { ++ups; }
    void disconnected(std::size_t, follow_up why, std::string_view) override
    {
        reasons.push_back(why);
    }
    void jobs_waiting() override {}

    std::vector<std::unique_ptr<transform::row_batch>> settled;
    std::map<std::string, int> errors;
    std::vector<follow_up> reasons;
    int isolated = 0;
    int ups = 0;
};

struct writer_bench : test_bench
{
    seeded_random random{1};
    scripted_link database{time};
    write_queue queue{random};
    listed_source source;
    recorded_events events;
    writer one{io.get_executor(),
               time,
               random,
               database,
               queue,
               source,
               events,
               {.answer_within = 40s, .open_within = 10s}};
    bool over = false;

    explicit writer_bench(std::size_t batches, bool closed = true)
    {
        for (std::size_t i = 0; i < batches; ++i)
            source.batches.push_back(std::make_unique<transform::row_batch>());
        source.closed = closed;
    }
    ~writer_bench()
    {
        one.abandon();
        pass(1min);
    }

    void run()
    {
        start([this]() -> awaitable<void> {
            co_await one.run();
            over = true;
        });
    }
};

} // namespace

TEST_CASE("writer: settles every batch, two under way at once, and ends when all is done")
{
    writer_bench bench(10);
    bench.run();
    bench.pass(1s);
    CHECK(bench.over);
    CHECK(bench.events.settled.size() == 10);
    CHECK(bench.database.most_under_way == 2);
    CHECK(bench.events.ups == 1);
    CHECK(bench.events.reasons.empty());
}

TEST_CASE("writer: waits for batches that have not come yet")
{
    writer_bench bench(0, false);
    bench.run();
    bench.pass(1h);
    CHECK_FALSE(bench.over);
    CHECK(bench.database.opened == 1);
    bench.source.batches.push_back(std::make_unique<transform::row_batch>());
    bench.one.wake();
    bench.pass(1s);
    CHECK(bench.events.settled.size() == 1);
}

TEST_CASE("writer: after a lost connection everything under way goes again, carefully")
{
    writer_bench bench(2);
    bench.database.answer = [](std::size_t number, path) {
        return number == 1 ? commit_outcome{} : committed();
    };
    bench.run();
    bench.pass(5s);
    CHECK(bench.over);
    REQUIRE(bench.database.attempts.size() == 4);
    CHECK(bench.database.attempts[0].second == path::fast);
    CHECK(bench.database.attempts[2].second == path::careful);
    CHECK(bench.database.attempts[3].second == path::careful);
    CHECK(bench.database.attempts[2].first == bench.database.attempts[0].first);
    CHECK(bench.events.settled.size() == 2);
    CHECK(bench.database.opened == 2);
    CHECK(bench.events.reasons == std::vector<follow_up>{follow_up::reconnect});
}

TEST_CASE("writer: while the source holds nothing is written, not even what goes again")
{
    writer_bench bench(1);
    bench.database.answer = [&bench](std::size_t number, path) {
        bench.source.held = number == 1;
        return number == 1 ? refused("23505", statement::ledger, "pkey") : committed();
    };
    bench.run();
    bench.pass(1h);
    CHECK(bench.database.attempts.size() == 1);
    CHECK_FALSE(bench.over);
    bench.source.held = false;
    bench.one.wake();
    bench.pass(1s);
    CHECK(bench.database.attempts.size() == 2);
    CHECK(bench.over);
}

TEST_CASE("writer: a duplicate goes again on the same connection")
{
    writer_bench bench(1);
    bench.database.answer = [](std::size_t, path way) {
        return way == path::fast ? refused("23505", statement::ledger, "pkey") : committed();
    };
    bench.run();
    bench.pass(1s);
    CHECK(bench.events.settled.size() == 1);
    CHECK(bench.database.opened == 1);
    CHECK(bench.events.errors["23505"] == 1);
}

TEST_CASE("writer: a bad row is isolated and its parts are written")
{
    writer_bench bench(1);
    bench.source.batches.front()->rows.emplace_back();
    bench.database.answer = [](std::size_t, path way) {
        return way == path::fast ? refused("22001") : committed();
    };
    bench.run();
    bench.pass(1s);
    CHECK(bench.events.isolated == 1);
    CHECK(bench.events.settled.size() == 1);
}

TEST_CASE("writer: a sick database is asked again after growing pauses, nothing is lost")
{
    writer_bench bench(3);
    bench.database.answer = [](std::size_t number, path) {
        return number <= 6 ? refused("53100") : committed();
    };
    bench.run();
    bench.pass(2min);
    CHECK(bench.over);
    CHECK(bench.events.settled.size() == 3);
    for (const follow_up why : bench.events.reasons)
        CHECK(why == follow_up::reconnect);
}

TEST_CASE("writer: what a person must repair is looked at every half minute")
{
    writer_bench bench(1);
    bench.database.answer = [](std::size_t number, path) {
        return number == 1 ? refused("42P01") : committed();
    };
    bench.run();
    bench.pass(29s);
    CHECK(bench.database.opened == 1);
    bench.pass(2s);
    CHECK(bench.database.opened == 2);
    CHECK(bench.over);
    CHECK(bench.events.reasons == std::vector<follow_up>{follow_up::await_repair});
}

TEST_CASE("writer: a failed connection is tried again, a wrong password after half a minute")
{
    writer_bench bench(1);
    bench.database.on_open = [](int attempt) {
        if (attempt == 1)
            throw database_error({"08001", "refused", {}, {}, {}, true});
        if (attempt == 2)
            throw database_error({"28P01", "password", {}, {}, {}, true});
    };
    bench.run();
    bench.pass(1s);
    CHECK(bench.database.opened == 2);
    CHECK(bench.events.reasons ==
          std::vector<follow_up>{follow_up::reconnect, follow_up::await_repair});
    bench.pass(30s);
    CHECK(bench.over);
}

TEST_CASE("writer: a server that does not answer is given up in time")
{
    writer_bench bench(1);
    bench.database.silent = true;
    bench.run();
    bench.pass(39s);
    CHECK(bench.events.reasons.empty());
    bench.pass(2s);
    CHECK(bench.events.reasons == std::vector<follow_up>{follow_up::reconnect});
    bench.database.silent = false;
    bench.pass(45s);
    CHECK(bench.over);
    CHECK(bench.events.settled.size() == 1);
}

TEST_CASE("writer: a connection that never opens is given up in time")
{
    writer_bench bench(1);
    bench.database.open_hangs = true;
    bench.run();
    bench.pass(11s);
    CHECK(bench.database.opened == 2);
    bench.database.open_hangs = false;
    bench.pass(20s);
    CHECK(bench.over);
}

TEST_CASE("writer: an abandoned one ends at once and keeps what it held")
{
    writer_bench bench(3);
    bench.database.silent = true;
    bench.run();
    bench.pass(1s);
    bench.one.abandon();
    bench.settle();
    CHECK(bench.over);
    CHECK(bench.events.settled.empty());
    auto left = bench.queue.take_all();
    REQUIRE(left.size() == 2);
    CHECK(left[0].handed_over);
    CHECK(bench.source.batches.size() == 1);
}

TEST_CASE("writer: told to connect, it ends its pause, and none that comes later")
{
    writer_bench bench(1);
    bench.database.answer = [](std::size_t number, path) {
        return number <= 2 ? refused("42P01") : committed();
    };
    bench.one.connect_now(); // there is no pause to end
    bench.run();
    bench.pass(1s);
    CHECK(bench.database.opened == 1);
    CHECK(bench.events.reasons == std::vector<follow_up>{follow_up::await_repair});
    bench.one.connect_now();
    bench.one.connect_now();
    bench.pass(1s);
    CHECK(bench.database.opened == 2);
    CHECK_FALSE(bench.over);
    bench.pass(20s); // still wrong: the whole pause begins anew
    CHECK(bench.database.opened == 2);
    bench.pass(10s);
    CHECK(bench.database.opened == 3);
    CHECK(bench.over);
}

TEST_CASE(
    "writer: what follows a batch goes only when that is durable, however often it goes again")
{
    writer_bench bench(0);
    const auto follows = [](std::unique_ptr<write_job> rest) {
        auto job = std::make_unique<write_job>();
        job->batch = std::make_unique<transform::row_batch>();
        job->then = std::move(rest);
        return job;
    };
    auto third = follows(nullptr);
    const transform::row_batch* const last = third->batch.get();
    auto second = follows(std::move(third));
    const transform::row_batch* const middle = second->batch.get();
    auto first = follows(std::move(second));
    const transform::row_batch* const head = first->batch.get();
    bench.queue.put_back(std::move(*first));
    bench.database.answer = [](std::size_t number, path) {
        return number == 1   ? commit_outcome{}
               : number == 3 ? refused("40001")
               : number == 5 ? refused("53100")
                             : committed();
    };
    bench.run();
    bench.pass(2min);
    CHECK(bench.over);
    std::vector<const transform::row_batch*> order;
    for (const auto& [batch, way] : bench.database.attempts)
        order.push_back(batch);
    CHECK(order ==
          std::vector<const transform::row_batch*>{head, head, middle, middle, last, last});
    CHECK(bench.database.most_under_way == 1);
    CHECK(bench.events.settled.size() == 3);
}
