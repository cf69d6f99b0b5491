#include "core/task_group.hpp"

#include "support/virtual_clock.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace sluice;
using namespace std::chrono_literals;
using test::test_bench;

TEST_CASE("task_group: join waits for every task")
{
    test_bench bench;
    int ended = 0;
    bool joined = false;
    bench.start([&]() -> awaitable<void> {
        task_group group(bench.io.get_executor(), bench.time);
        for (int i = 1; i <= 3; ++i)
            group.spawn([&, i]() -> awaitable<void> {
                sleeper place(bench.time);
                co_await place.sleep_for(std::chrono::seconds(i));
                ++ended;
            });
        co_await group.join();
        joined = true;
    });
    bench.pass(2s);
    CHECK(ended == 2);
    CHECK_FALSE(joined);
    bench.pass(1s);
    CHECK(joined);
}

TEST_CASE("task_group: the first failure ends the others and comes out of join")
{
    test_bench bench;
    std::string caught;
    bool told = false;
    bench.start([&]() -> awaitable<void> {
        task_group group(bench.io.get_executor(), bench.time);
        group.on_failure([&] { told = true; });
        group.spawn([&]() -> awaitable<void> {
            sleeper place(bench.time);
            co_await place.sleep_for(1h);
        });
        group.spawn([&]() -> awaitable<void> {
            sleeper place(bench.time);
            co_await place.sleep_for(1s);
            throw std::runtime_error("broken");
        });
        try {
            co_await group.join();
        } catch (const std::runtime_error& error) {
            caught = error.what();
        }
    });
    bench.pass(2s);
    CHECK(caught == "broken");
    CHECK(told);
}

TEST_CASE("task_group: a cancelled group ends without an error")
{
    test_bench bench;
    bool joined = false;
    task_group group(bench.io.get_executor(), bench.time);
    group.spawn([&]() -> awaitable<void> {
        sleeper place(bench.time);
        co_await place.sleep();
    });
    bench.start([&]() -> awaitable<void> {
        co_await group.join();
        joined = true;
    });
    bench.settle();
    CHECK_FALSE(joined);
    group.cancel();
    bench.settle();
    CHECK(joined);
    CHECK(group.size() == 0);
}
