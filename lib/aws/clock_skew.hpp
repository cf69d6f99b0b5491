// How wrong our clock is in the eyes of the service, which refuses signatures that are 15 minutes
// off.
#pragma once

#include "core/time.hpp"

namespace sluice::aws {

// Decides when to believe the Date of an answer. Reads no clock.
class clock_skew
{
public:
    static constexpr std::chrono::minutes tolerance{4};

    // To be added to our own clock before signing.
    [[nodiscard]] std::chrono::milliseconds offset() const noexcept { return offset_; }

    // After an error that a wrong clock would explain: the Date of the answer, and our own clock
    // when it came. True if the offset was wrong and is corrected now: try again.
    bool correct(wall_time service_says, wall_time we_say) noexcept
    {
        const std::chrono::milliseconds candidate = service_says - we_say;
        if (std::chrono::abs(candidate - offset_) <= tolerance)
            return false;
        offset_ = candidate;
        return true;
    }

private:
    std::chrono::milliseconds offset_{0};
};

} // namespace sluice::aws
