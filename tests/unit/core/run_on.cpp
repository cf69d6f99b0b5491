#include "core/run_on.hpp"

#include "core/asio_clock.hpp"
#include "core/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <catch2/catch.hpp>

#include <future>
#include <thread>

using namespace sluice;

TEST_CASE("run_on: the work runs there, and its caller goes on where it was")
{
    asio::io_context io;
    asio_clock time(io.get_executor());
    asio::thread_pool pool(1);
    task_group group(io.get_executor(), time);
    std::thread::id worked_on;
    std::thread::id went_on_at;
    group.spawn([&]() -> awaitable<void> {
        worked_on = co_await run_on(pool.get_executor(), [] { return std::this_thread::get_id(); });
        went_on_at = std::this_thread::get_id();
    });
    io.run();
    CHECK(worked_on != std::thread::id{});
    CHECK(worked_on != std::this_thread::get_id());
    CHECK(went_on_at == std::this_thread::get_id());
}

TEST_CASE("run_on: what the work throws comes to its caller")
{
    asio::io_context io;
    asio_clock time(io.get_executor());
    asio::thread_pool pool(1);
    task_group group(io.get_executor(), time);
    std::string told;
    group.spawn([&]() -> awaitable<void> {
        try {
            co_await run_on(pool.get_executor(), []() -> int { throw std::runtime_error("oh"); });
        } catch (const std::runtime_error& error) {
            told = error.what();
        }
    });
    io.run();
    CHECK(told == "oh");
}

TEST_CASE("run_on: a caller that is cancelled meanwhile waits for the work, and then hears")
{
    asio::io_context io;
    asio_clock time(io.get_executor());
    asio::thread_pool pool(2);
    std::promise<void> begun;
    std::promise<void> free;
    task_group group(io.get_executor(), time);
    sleeper place(time);
    bool went_on = false;
    bool slept = false;
    group.spawn([&]() -> awaitable<void> {
        const auto work = [&begun, &free] {
            begun.set_value();
            free.get_future().wait();
            return true;
        };
        went_on = co_await run_on(pool.get_executor(), work);
        co_await place.sleep_for(std::chrono::hours(1));
        slept = true;
    });
    io.poll();
    begun.get_future().wait();
    group.cancel();
    io.poll();
    // What the cancellation has to do in the pool, the other thread does now.
    asio::post(pool, asio::use_future).wait();
    free.set_value();
    io.restart();
    io.run();
    CHECK(went_on);
    CHECK_FALSE(slept);
}
