#include "core/clock.hpp"

#include "core/asio_clock.hpp"
#include "core/condition.hpp"
#include "core/milestone.hpp"
#include "support/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using test::test_bench;

TEST_CASE("sleeper: sleeps until its deadline and not longer")
{
    test_bench bench;
    sleeper place(bench.time);
    bool over = false;
    bench.start([&]() -> awaitable<void> {
        {
            const auto why = co_await place.sleep_for(5s);
            CHECK(why == sleeper::reason::deadline);
        }
        over = true;
    });
    bench.pass(4999ms);
    CHECK_FALSE(over);
    bench.pass(1ms);
    CHECK(over);
}

TEST_CASE("sleeper: a wake ends the sleep at once")
{
    test_bench bench;
    sleeper place(bench.time);
    bool over = false;
    bench.start([&]() -> awaitable<void> {
        {
            const auto why = co_await place.sleep_for(5s);
            CHECK(why == sleeper::reason::woken);
        }
        over = true;
    });
    bench.settle();
    place.wake();
    bench.settle();
    CHECK(over);
    CHECK(bench.time.earliest() == never);
}

TEST_CASE("sleeper: a wake before the sleep is remembered, once")
{
    test_bench bench;
    sleeper place(bench.time);
    place.wake();
    place.wake();
    int ended = 0;
    bench.start([&]() -> awaitable<void> {
        {
            const auto why = co_await place.sleep_for(5s);
            CHECK(why == sleeper::reason::woken);
        }
        ++ended;
        {
            const auto why = co_await place.sleep_for(5s);
            CHECK(why == sleeper::reason::deadline);
        }
        ++ended;
    });
    bench.settle();
    CHECK(ended == 1);
    bench.pass(5s);
    CHECK(ended == 2);
}

TEST_CASE("sleeper: a deadline that has passed is no sleep")
{
    test_bench bench;
    sleeper place(bench.time);
    bool over = false;
    bench.start([&]() -> awaitable<void> {
        {
            const auto why = co_await place.sleep_until(bench.time.now());
            CHECK(why == sleeper::reason::deadline);
        }
        over = true;
    });
    bench.settle();
    CHECK(over);
}

TEST_CASE("sleeper: cancelling the coroutine ends the sleep with operation_aborted")
{
    test_bench bench;
    sleeper place(bench.time);
    asio::cancellation_signal cancel;
    std::exception_ptr failure;
    auto work = [&]() -> awaitable<void> { co_await place.sleep(); };
    asio::co_spawn(
        bench.io, work,
        asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e) { failure = e; }));
    bench.settle();
    cancel.emit(asio::cancellation_type::terminal);
    bench.settle();
    REQUIRE(failure);
    CHECK_THROWS_AS(std::rethrow_exception(failure), boost::system::system_error);
    CHECK(bench.time.earliest() == never);
}

TEST_CASE("sleeper: one that dies while it sleeps leaves the clock alone")
{
    test_bench bench;
    {
        asio::io_context io;
        auto place = std::make_unique<sleeper>(bench.time);
        asio::co_spawn(
            io, [&]() -> awaitable<void> { co_await place->sleep_for(1s); },
            [](std::exception_ptr) {});
        io.poll();
        place.reset();
    }
    CHECK(bench.time.earliest() == never);
}

TEST_CASE("clock: sleeps end in the order of their deadlines")
{
    test_bench bench;
    sleeper first(bench.time);
    sleeper second(bench.time);
    sleeper third(bench.time);
    std::string order;
    const auto sleep = [&](sleeper& place, auto span, char name) {
        bench.start([&, span, name]() -> awaitable<void> {
            co_await place.sleep_for(span);
            order.push_back(name);
        });
    };
    sleep(first, 3s, 'c');
    sleep(second, 1s, 'a');
    sleep(third, 2s, 'b');
    bench.pass(10s);
    CHECK(order == "abc");
}

TEST_CASE("asio_clock: a real timer ends the sleep, also when an earlier one comes later")
{
    asio::io_context io;
    asio_clock time(io.get_executor());
    sleeper late(time);
    sleeper early(time);
    std::string order;
    asio::co_spawn(
        io,
        [&]() -> awaitable<void> {
            co_await late.sleep_for(1s); // long enough for a busy machine to sleep twice before
            order += "late ";
        },
        [](std::exception_ptr) {});
    asio::co_spawn(
        io,
        [&]() -> awaitable<void> {
            co_await early.sleep_for(1ms);
            order += "early ";
            co_await early.sleep_for(1ms);
            order += "again ";
        },
        [](std::exception_ptr) {});
    io.run();
    CHECK(order == "early again late ");
}

TEST_CASE("asio_clock: when nobody sleeps any more, it keeps no loop alive")
{
    asio::io_context io{1};
    asio_clock time(io.get_executor());
    sleeper pause(time);
    auto sleep = [&]() -> awaitable<void> { co_await pause.sleep_for(std::chrono::hours(1)); };
    asio::co_spawn(io, sleep, [](std::exception_ptr) {});
    io.poll();
    REQUIRE_FALSE(io.stopped());
    pause.wake();
    io.poll();
    CHECK(io.stopped()); // out of work: run() would have returned
}

TEST_CASE("condition: everyone who waits is woken")
{
    test_bench bench;
    condition changed(bench.time);
    int woken = 0;
    for (int i = 0; i < 3; ++i)
        bench.start([&]() -> awaitable<void> {
            co_await changed.wait();
            ++woken;
        });
    bench.settle();
    changed.notify_all();
    bench.settle();
    CHECK(woken == 3);
}

TEST_CASE("milestone: who comes late does not wait, who waits too long is told so")
{
    test_bench bench;
    milestone done(bench.time);
    std::string heard;
    bench.start([&]() -> awaitable<void> {
        const bool reached = co_await done.wait_until(bench.time.now() + 1s);
        heard += reached ? "yes " : "no ";
    });
    bench.pass(2s);
    CHECK(heard == "no ");
    bench.start([&]() -> awaitable<void> {
        co_await done.wait_until(never);
        heard += "reached ";
    });
    bench.settle();
    done.reach();
    bench.settle();
    bench.start([&]() -> awaitable<void> {
        const bool reached = co_await done.wait_until(bench.time.now());
        heard += reached ? "at once" : "no";
    });
    bench.settle();
    CHECK(heard == "no reached at once");
}
