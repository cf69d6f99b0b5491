// Where several coroutines wait for the same thing to change.
#pragma once

#include "core/clock.hpp"

#include <list>

namespace sluice {

// Not thread-safe. Whoever is woken looks again: the thing may have changed back.
class condition
{
public:
    explicit condition(clock& time) noexcept : clock_(time) {}

    awaitable<void> wait() { return wait_until(never); }

    // Ends at the deadline, too.
    awaitable<void> wait_until(steady_time deadline)
    {
        sleeper place(clock_);
        const auto at = waiting_.insert(waiting_.end(), &place);
        try {
            co_await place.sleep_until(deadline);
        } catch (...) { // cancelled
            waiting_.erase(at);
            throw;
        }
        waiting_.erase(at);
    }

    void notify_all()
    {
        for (sleeper* const each : waiting_)
            each->wake();
    }

private:
    clock& clock_;
    std::list<sleeper*> waiting_;
};

} // namespace sluice
