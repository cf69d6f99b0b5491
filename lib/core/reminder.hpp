// How often the log repeats a trouble that lasts: often enough to be found in its last lines, and
// too seldom to fill a disk.
#pragma once

#include "core/time.hpp"

#include <optional>

namespace sluice {

// Reads no clock.
class reminder
{
public:
    static constexpr std::chrono::minutes interval{1};

    // Whether to say it now: the first time, and then once an interval.
    [[nodiscard]] bool due(steady_time now) noexcept
    {
        if (said_at_ && now - *said_at_ < interval)
            return false;
        said_at_ = now;
        return true;
    }

    // It is over, or it is another trouble.
    void reset() noexcept { said_at_.reset(); }

private:
    std::optional<steady_time> said_at_;
};

} // namespace sluice
