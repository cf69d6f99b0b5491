// Something that happens once, and for which coroutines may wait with a deadline.
#pragma once

#include "core/clock.hpp"

#include <list>

namespace sluice {

// Not thread-safe.
class milestone
{
public:
    explicit milestone(clock& time) noexcept : clock_(time) {}

    void reach()
    {
        reached_ = true;
        for (sleeper* const each : waiting_)
            each->wake();
    }

    [[nodiscard]] bool reached() const noexcept { return reached_; }

    // Whether it was reached by the deadline.
    awaitable<bool> wait_until(steady_time deadline)
    {
        if (reached_)
            co_return true;
        sleeper place(clock_);
        const auto at = waiting_.insert(waiting_.end(), &place);
        try {
            co_await place.sleep_until(deadline);
        } catch (...) { // cancelled
            waiting_.erase(at);
            throw;
        }
        waiting_.erase(at);
        co_return reached_;
    }

private:
    clock& clock_;
    std::list<sleeper*> waiting_;
    bool reached_ = false;
};

} // namespace sluice
