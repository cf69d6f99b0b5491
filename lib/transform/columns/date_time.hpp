// Dates and times as PostgreSQL keeps them, counted from 2000-01-01. Years 0001 to 9999: what
// PostgreSQL would take beyond that is never what a producer meant.
#pragma once

#include "core/time.hpp"
#include "transform/refusal.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::transform {

class text_scanner;

using microseconds = std::chrono::microseconds;

// A point on the calendar and the clock of some place.
struct moment
{
    std::chrono::sys_days day{};
    microseconds time_of_day{0};
    std::optional<std::chrono::minutes> zone; // east of UTC; nothing if the text named none

    // In UTC; a moment without a zone is taken to be there already.
    [[nodiscard]] std::chrono::sys_time<microseconds> utc() const noexcept
    {
        return day + time_of_day - zone.value_or(std::chrono::minutes(0));
    }
};

// Days and microseconds since 2000-01-01. Refused outside of the years 0001 to 9999.
[[nodiscard]] verdict to_days(std::chrono::sys_days day, std::int64_t& into) noexcept;
[[nodiscard]] verdict to_microseconds(std::chrono::sys_time<microseconds> at,
                                      std::int64_t& into) noexcept;

// The same of a time that this process or SQS measured.
[[nodiscard]] std::int64_t microseconds_since_2000(wall_time at) noexcept;
[[nodiscard]] std::int64_t days_since_2000(wall_time at) noexcept;

// "2025-11-20".
[[nodiscard]] verdict read_date(std::string_view text, moment& into) noexcept;

// "2025-11-20T12:00:00", with a space instead of the T, without seconds, with up to nine digits
// behind the second of which those beyond the sixth are zero; then nothing, Z, or +02:00, +0200,
// +02.
[[nodiscard]] verdict read_timestamp(std::string_view text, moment& into) noexcept;

// Takes Z, +02:00, +0200 or +02; nothing if none of them stands there.
[[nodiscard]] std::optional<std::chrono::minutes> take_zone(text_scanner& text) noexcept;

// "2025-11-20", "2025-11-20 12:00:00.5".
[[nodiscard]] std::string date_text(std::int64_t days);
[[nodiscard]] std::string timestamp_text(std::int64_t microseconds);

} // namespace sluice::transform
