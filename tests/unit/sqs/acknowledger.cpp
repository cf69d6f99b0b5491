#include "source/sqs/acknowledger.hpp"

#include "support/virtual_clock.hpp"
#include "unit/sqs/deliveries.hpp"
#include "unit/sqs/scripted_queue.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::sqs;
using test::test_bench;

namespace {

struct acknowledger_bench : test_bench
{
    test::deliveries all;
    seeded_random random{1};
    test::scripted_queue from{time};
    test::counting_custodian owner;
    counters count;
    acknowledger deletes{
        io.get_executor(), time, random, from, owner, count, {.linger = 50ms, .calls_max = 4}};
    bool over = false;

    ~acknowledger_bench()
    {
        deletes.stop();
        deletes.abandon();
        settle();
    }

    void run()
    {
        start([this]() -> awaitable<void> {
            co_await deletes.run();
            over = true;
        });
        settle();
    }

    void commit(std::size_t messages)
    {
        for (std::size_t i = 0; i < messages; ++i) {
            const receipt one = all.one();
            one.state() = custody::committed;
            one.lease_ends() = time.now() + 30s;
            deletes.add(one, time.now());
        }
        deletes.kick();
        settle();
    }
};

} // namespace

TEST_CASE("acknowledger: under load deletes leave in full tens, several at once")
{
    acknowledger_bench bench;
    bench.run();
    bench.commit(100);
    bench.pass(1s);
    CHECK(bench.from.calls.size() == 10);
    for (const auto& call : bench.from.calls)
        CHECK(call.size() == 10);
    CHECK(bench.from.most_at_once == 4);
    CHECK(bench.owner.ended == 100);
    CHECK(bench.count.deletes.of(delete_result::deleted) == 100);
}

TEST_CASE("acknowledger: a few wait for the linger and leave together")
{
    acknowledger_bench bench;
    bench.run();
    bench.commit(2);
    bench.pass(20ms);
    bench.commit(1);
    CHECK(bench.from.calls.empty());
    bench.pass(40ms);
    REQUIRE(bench.from.calls.size() == 1);
    CHECK(bench.from.calls[0].size() == 3);
}

TEST_CASE("acknowledger: only the entries that failed go again")
{
    acknowledger_bench bench;
    bench.from.answer = [](std::size_t call, std::size_t entries) {
        batch_result results(entries, entry_result::done);
        if (call == 1) {
            results[3] = entry_result::retry;
            results[7] = entry_result::dead;
        }
        return results;
    };
    bench.run();
    bench.commit(10);
    bench.pass(1s);
    REQUIRE(bench.from.calls.size() == 2);
    REQUIRE(bench.from.calls[1].size() == 1);
    CHECK(bench.from.calls[1][0] == bench.from.calls[0][3]);
    CHECK(bench.owner.ended == 10);
    CHECK(bench.count.deletes.of(delete_result::dead) == 1);
    CHECK(bench.count.deletes.of(delete_result::retried) == 1);
}

TEST_CASE("acknowledger: a delete that never succeeds is given up when its lease ends")
{
    acknowledger_bench bench;
    bench.from.answer = [](std::size_t, std::size_t entries) {
        return batch_result(entries, entry_result::retry);
    };
    bench.run();
    bench.commit(1);
    bench.pass(31s);
    CHECK(bench.owner.ended == 1);
    CHECK(bench.count.deletes.of(delete_result::given_up) == 1);
    const std::size_t calls = bench.from.calls.size();
    bench.pass(1min);
    CHECK(bench.from.calls.size() == calls);
}

TEST_CASE("acknowledger: a queue that is down is asked less and less, and nothing is forgotten")
{
    acknowledger_bench bench;
    bench.from.answer = [](std::size_t call, std::size_t entries) -> batch_result {
        if (call <= 6)
            throw queue_error(failure::transient, "down");
        return batch_result(entries, entry_result::done);
    };
    bench.run();
    bench.commit(10);
    bench.pass(29s);
    CHECK(bench.owner.ended == 10);
    CHECK(bench.from.calls.size() >= 7);
    CHECK(bench.count.deletes.of(delete_result::deleted) == 10);
}

TEST_CASE("acknowledger: calls that fail together are one trouble, not one each")
{
    acknowledger_bench bench;
    bench.from.answer = [](std::size_t call, std::size_t entries) -> batch_result {
        if (call <= 12) // three times four at once
            throw queue_error(failure::transient, "a blip");
        return batch_result(entries, entry_result::done);
    };
    bench.run();
    bench.commit(40);
    bench.pass(200ms + 400ms + 800ms + 100ms); // the bounds of the first three pauses
    CHECK(bench.count.deletes.of(delete_result::deleted) == 40);
}

TEST_CASE("acknowledger: a stop deletes what waits, without the linger, and ends")
{
    acknowledger_bench bench;
    bench.run();
    bench.commit(13);
    bench.deletes.stop();
    bench.settle();
    CHECK(bench.from.calls.size() == 2);
    CHECK_FALSE(bench.over);
    bench.pass(10ms);
    CHECK(bench.over);
    CHECK(bench.owner.ended == 13);
}

TEST_CASE("acknowledger: abandoned calls give their messages up and end")
{
    acknowledger_bench bench;
    bench.from.latency = 1h;
    bench.run();
    bench.commit(10);
    bench.deletes.stop();
    bench.settle();
    bench.deletes.abandon();
    bench.settle();
    CHECK(bench.over);
    CHECK(bench.owner.ended == 10);
    CHECK(bench.count.deletes.of(delete_result::given_up) == 10);
}
