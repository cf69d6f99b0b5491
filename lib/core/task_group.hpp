// A group of coroutines with one owner, who waits for all of them.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <list>

namespace sluice {

// Runs tasks until all have ended. The first failure cancels the others and is thrown by join.
// Not thread-safe: the group and its tasks share one executor. The group must outlive its tasks:
// join it before it dies.
class task_group
{
public:
    using task = std::function<awaitable<void>()>;

    task_group(asio::any_io_executor executor, clock& time);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    ~task_group();

    // Starts a task. The callable is kept until the task has ended, so its captures are safe.
    void spawn(task work);

    // Asks every running task to end: its next wait throws operation_aborted.
    void cancel();

    // Waits until no task runs; throws the first failure, unless that was our own cancellation.
    awaitable<void> join();

    // Called at the first failure, for an owner that waits for something else than join.
    void on_failure(std::function<void()> tell) { on_failure_ = std::move(tell); }

    [[nodiscard]] std::size_t size() const noexcept { return running_.size(); }

private:
    struct running
    {
        task work;
        asio::cancellation_signal cancel;
    };

    void ended(std::list<running>::iterator which, std::exception_ptr failure);

    asio::any_io_executor executor_;
    std::list<running> running_;
    sleeper all_ended_;
    std::exception_ptr failure_;
    std::function<void()> on_failure_;
    bool cancelled_ = false;
};

// True for the exception that a cancelled wait throws.
[[nodiscard]] bool is_cancelled(const std::exception_ptr& failure) noexcept;

} // namespace sluice
