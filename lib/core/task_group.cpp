#include "core/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cassert>

namespace sluice {

bool is_cancelled(const std::exception_ptr& failure) noexcept
{
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) { // any other exception is no cancellation
        return false;
    }
}

task_group::task_group(asio::any_io_executor executor, clock& time)
    : executor_(std::move(executor)), all_ended_(time)
{}

task_group::~task_group()
{
    assert(running_.empty() && "join a task_group before it dies");
}

void task_group::spawn(task work)
{
    running_.emplace_back();
    const auto it = std::prev(running_.end());
    it->work = std::move(work);
    auto on_end = [this, it](std::exception_ptr failure) { ended(it, std::move(failure)); };
    asio::co_spawn(executor_, it->work,
                   asio::bind_cancellation_slot(it->cancel.slot(), std::move(on_end)));
}

void task_group::ended(std::list<running>::iterator which, std::exception_ptr failure)
{
    running_.erase(which);
    const bool expected = failure && cancelled_ && is_cancelled(failure);
    if (failure && !expected && !failure_) {
        failure_ = std::move(failure);
        cancel();
        if (on_failure_)
            on_failure_();
    }
    if (running_.empty())
        all_ended_.wake();
}

void task_group::cancel()
{
    cancelled_ = true;
    // A task may end inside emit and leave the list: walk over a copy of the iterators.
    for (auto it = running_.begin(); it != running_.end();) {
        const auto current = it++;
        current->cancel.emit(asio::cancellation_type::terminal);
    }
}

awaitable<void> task_group::join()
{
    while (!running_.empty())
        co_await all_ended_.sleep();
    if (failure_)
        std::rethrow_exception(std::exchange(failure_, nullptr));
}

} // namespace sluice
