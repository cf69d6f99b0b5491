#include "core/clock.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <cassert>

namespace sluice {

steady_time clock::earliest() const noexcept
{
    return deadlines_.empty() ? never : deadlines_.begin()->first;
}

void clock::fire_due()
{
    const steady_time now_is = now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now_is)
        deadlines_.begin()->second->end({}, sleeper::reason::deadline);
}

clock::deadlines::iterator clock::add(steady_time deadline, sleeper& who)
{
    const steady_time before = earliest();
    const auto entry = deadlines_.emplace(deadline, &who);
    if (deadline < before)
        earliest_changed();
    return entry;
}

void clock::remove(deadlines::iterator entry)
{
    // A clock that rings too early finds nothing due; that is cheaper than setting it anew. But one
    // that nobody waits for must not ring at all: it would keep the loop of a command alive.
    deadlines_.erase(entry);
    if (deadlines_.empty())
        earliest_changed();
}

sleeper::~sleeper()
{
    if (handler_)
        clock_.remove(entry_);
}

void sleeper::start(asio::any_io_executor executor, steady_time deadline, handler on_end)
{
    assert(!handler_ && "one coroutine at a time sleeps here");
    executor_ = std::move(executor);
    auto slot = asio::get_associated_cancellation_slot(on_end);
    handler_.swap(on_end); // the move assignment of Boost 1.81 wraps the handler in itself, forever
    entry_ = clock_.add(deadline, *this);
    if (slot.is_connected())
        slot.assign([this](asio::cancellation_type) {
            if (handler_)
                end(asio::error::operation_aborted, reason::woken);
        });
}

// The handler is posted, never run here: whoever wakes goes on undisturbed.
void sleeper::end(boost::system::error_code ec, reason why)
{
    clock_.remove(entry_);
    handler on_end(std::move(handler_));
    asio::get_associated_cancellation_slot(on_end).clear();
    asio::post(executor_,
               [on_end = std::move(on_end), ec, why]() mutable { std::move(on_end)(ec, why); });
}

awaitable<sleeper::reason> sleeper::sleep_until(steady_time deadline)
{
    if (woken_) {
        woken_ = false;
        co_return reason::woken;
    }
    if (deadline <= clock_.now())
        co_return reason::deadline;
    auto executor = co_await asio::this_coro::executor;
    auto initiate = [this, executor, deadline](auto on_end) {
        start(executor, deadline, std::move(on_end));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                            void(boost::system::error_code, reason)>(
        std::move(initiate), asio::use_awaitable);
}

awaitable<sleeper::reason> sleeper::sleep_for(steady_clock::duration span)
{
    return sleep_until(clock_.now() + span);
}

awaitable<void> sleeper::sleep()
{
    co_await sleep_until(never);
}

void sleeper::wake()
{
    if (handler_)
        end({}, reason::woken);
    else
        woken_ = true;
}

} // namespace sluice
