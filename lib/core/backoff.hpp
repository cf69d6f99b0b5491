// Pauses between attempts: they grow by doubling, and each is drawn at random between nothing and
// the bound ("full jitter"), so that many daemons do not come back in step.
#pragma once

#include "core/random.hpp"
#include "core/time.hpp"

#include <algorithm>

namespace sluice {

struct backoff_bounds
{
    steady_clock::duration first = std::chrono::milliseconds{200};
    steady_clock::duration longest = std::chrono::seconds{20};
};

class backoff
{
public:
    explicit backoff(backoff_bounds bounds = {}) noexcept : bounds_(bounds), bound_(bounds.first) {}

    // The pause before the next attempt.
    [[nodiscard]] steady_clock::duration next(random_source& random)
    {
        const auto span = std::chrono::duration_cast<std::chrono::microseconds>(bound_).count();
        bound_ = std::min(bound_ * 2, bounds_.longest);
        return std::chrono::microseconds(random.below(static_cast<std::uint64_t>(span) + 1));
    }

    // After a success.
    void reset() noexcept { bound_ = bounds_.first; }

private:
    backoff_bounds bounds_;
    steady_clock::duration bound_;
};

} // namespace sluice
