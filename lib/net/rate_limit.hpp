// A limit on how often something may happen. Performs no I/O and reads no clock.
#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sluice::net {

struct rate
{
    std::size_t per_second = 0; // on the average; 0: no limit
    std::size_t burst = 1;      // at once, after a rest
};

// Not thread-safe.
class rate_limit
{
public:
    explicit rate_limit(rate of) noexcept
        : interval_(of.per_second == 0 ? steady_clock::duration{}
                                       : steady_clock::duration(std::chrono::seconds(1)) /
                                             static_cast<steady_clock::rep>(of.per_second)),
          slack_(interval_ * static_cast<steady_clock::rep>(std::max<std::size_t>(of.burst, 1) - 1))
    {}

    // Takes the next turn, and says how long it is until then: turns are given in the order in
    // which they are asked for.
    [[nodiscard]] steady_clock::duration take(steady_time now) noexcept
    {
        next_ = std::max(next_, now - slack_);
        const auto wait = std::max(steady_clock::duration{}, next_ - now);
        next_ += interval_;
        return wait;
    }

    // Takes the next turn if it is there already; if not, it stays for who asks later.
    [[nodiscard]] bool take_if_due(steady_time now) noexcept
    {
        return next_ <= now && take(now) == steady_clock::duration{};
    }

private:
    steady_clock::duration interval_;
    steady_clock::duration slack_;
    steady_time next_{steady_clock::duration::min() / 2}; // long ago
};

} // namespace sluice::net
