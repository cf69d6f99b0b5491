#include "pipeline/budget.hpp"

#include "support/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using pipeline::amount;
using pipeline::budget;
using test::test_bench;

namespace {

struct budget_bench : test_bench
{
    budget use{time, {100, 1000}};
    std::string order;

    void acquire(char name, amount wanted, amount held = {},
                 budget::line where = budget::line::fresh, steady_time deadline = never)
    {
        start([this, name, wanted, held, where, deadline]() -> awaitable<void> {
            const bool granted = co_await use.acquire(wanted, held, where, deadline);
            order.push_back(granted ? name : static_cast<char>(name - 'a' + 'A'));
        });
        settle();
    }
};

} // namespace

TEST_CASE("budget: grants what fits and holds back what does not")
{
    budget_bench bench;
    bench.acquire('a', {60, 100});
    bench.acquire('b', {60, 100});
    CHECK(bench.order == "a");
    bench.use.release({60, 100});
    bench.settle();
    CHECK(bench.order == "ab");
    CHECK(bench.use.used().messages == 60);
}

TEST_CASE("budget: nobody overtakes in a line, even if there is room")
{
    budget_bench bench;
    bench.acquire('a', {10, 900});
    bench.acquire('b', {10, 500});
    bench.acquire('c', {10, 10});
    CHECK(bench.order == "a");
    bench.use.release({10, 900});
    bench.settle();
    CHECK(bench.order == "abc");
}

TEST_CASE("budget: a response that waits to be read comes before a poll that has not begun")
{
    budget_bench bench;
    bench.acquire('a', {10, 900});
    bench.acquire('b', {10, 500});
    bench.acquire('c', {0, 300}, {10, 100}, budget::line::begun);
    CHECK(bench.order == "a");
    bench.use.release({10, 900});
    bench.settle();
    CHECK(bench.order == "acb");
}

TEST_CASE("budget: a waiter gives up at its deadline and lets the next one pass")
{
    budget_bench bench;
    bench.acquire('a', {10, 900});
    bench.acquire('b', {0, 5000}, {1, 1}, budget::line::begun, bench.time.now() + 5s);
    bench.acquire('c', {10, 50});
    CHECK(bench.order == "a");
    bench.pass(5s);
    CHECK(bench.order == "aBc");
}

TEST_CASE("budget: a waiter that is cancelled lets the next one pass")
{
    budget_bench bench;
    bench.acquire('a', {10, 900});
    asio::cancellation_signal cancel;
    const auto wait = [&bench]() -> awaitable<void> {
        static_cast<void>(co_await bench.use.acquire({10, 500}, {}, budget::line::fresh));
    };
    bool cancelled = false;
    const auto on_end = [&cancelled](const std::exception_ptr& why) { cancelled = why != nullptr; };
    asio::co_spawn(bench.io, wait, asio::bind_cancellation_slot(cancel.slot(), on_end));
    bench.settle();
    bench.acquire('c', {10, 10});
    CHECK(bench.order == "a");
    cancel.emit(asio::cancellation_type::terminal);
    bench.settle();
    CHECK(cancelled);
    CHECK(bench.order == "ac");
}

TEST_CASE("budget: of several polls that wait at the close none begins")
{
    budget_bench bench;
    bench.acquire('a', {10, 900});
    bench.acquire('b', {10, 500});
    bench.acquire('c', {10, 10}); // fits, once b is gone
    bench.use.close();
    bench.settle();
    CHECK(bench.order == "aBC");
    CHECK(bench.use.used().messages == 10);
}

TEST_CASE("budget: what is larger than the whole budget passes alone")
{
    budget_bench bench;
    bench.acquire('a', {10, 100});
    bench.acquire('b', {10, 100});
    bench.acquire('c', {0, 5000}, {10, 100}, budget::line::begun); // b's own response
    CHECK(bench.order == "ab");
    bench.use.release({10, 100});
    bench.settle();
    CHECK(bench.order == "abc");
    CHECK(bench.use.used().bytes == 5100);
    bench.acquire('d', {10, 1});
    CHECK(bench.order == "abc");
    bench.use.release({10, 5100});
    bench.settle();
    CHECK(bench.order == "abcd");
}

TEST_CASE("budget: after close no poll begins, but a response in hand may still be read")
{
    budget_bench bench;
    bench.acquire('a', {10, 900});
    bench.acquire('b', {10, 500});
    bench.use.close();
    bench.settle();
    CHECK(bench.order == "aB");
    bench.acquire('c', {10, 10});
    CHECK(bench.order == "aBC");
    bench.acquire('d', {0, 50}, {10, 900}, budget::line::begun);
    CHECK(bench.order == "aBCd");
}
