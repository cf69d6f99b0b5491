// Coroutines that share a queue of calls to make: as many run as there is work for, up to a bound.
#pragma once

#include "core/clock.hpp"
#include "core/task_group.hpp"

#include <functional>
#include <list>

namespace sluice::sqs {

// Not thread-safe.
class crew
{
public:
    // `work` makes one call and returns true, or returns false when there is none to make. It runs
    // in several coroutines at once, and throws nothing but cancellation.
    using work = std::function<awaitable<bool>()>;

    crew(asio::any_io_executor executor, clock& time, std::size_t members_max, work one_call);

    // There is work: wakes a member that rests, or hires one.
    void call();

    // Lets the members finish their work and waits until all have gone.
    awaitable<void> dismiss();

    // Ends running calls; before dismiss.
    void cancel();

    [[nodiscard]] std::size_t at_work() const noexcept { return members_.size() - resting_.size(); }

private:
    awaitable<void> serve();

    clock& clock_;
    std::size_t members_max_;
    work one_call_;
    std::list<sleeper*> resting_;
    bool dismissed_ = false;
    task_group members_; // last: it holds the running coroutines
};

} // namespace sluice::sqs
