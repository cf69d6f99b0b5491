// `parse: { format: ... }`: a part of strptime, strict. The whole text must fit the pattern.
//
//   %Y  year, four digits            %H %I  hour 00-23, 01-12 (with %p)
//   %m %d  month, day, two digits    %M %S  minute, second 00-59
//   %-m %-d %-H %-I  one or two      %f  one to six digits behind the second's point
//   %b  Jan or January               %p  AM or PM
//   %j  day of the year, 001-366     %z  Z, +02:00, +0200 or +02
//   %F %T  %Y-%m-%d, %H:%M:%S        %%  a percent sign
//
// Anything else stands for itself. Names are English, in either case of letters.
#pragma once

#include "core/error.hpp"
#include "transform/columns/date_time.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::transform {

class time_format
{
public:
    enum class part : std::uint8_t
    {
        letter, // stands for itself
        year,
        month,
        short_month, // one or two digits
        month_name,
        day,
        short_day,
        day_of_year,
        hour,
        short_hour,
        hour_of_half,
        short_hour_of_half,
        half, // AM or PM
        minute,
        second,
        fraction,
        zone,
    };

    // What is wrong with the pattern, and what to do.
    using fault = std::string;

    [[nodiscard]] static std::variant<time_format, fault> compile(std::string_view pattern);

    [[nodiscard]] verdict read(std::string_view text, moment& into) const noexcept;

    [[nodiscard]] bool has_time() const noexcept { return has(part::hour); }
    [[nodiscard]] bool has_zone() const noexcept { return has(part::zone); }

private:
    struct step
    {
        part what;
        char letter = '\0';
    };

    struct fields;

    // One bit a part; short and long forms share the bit of the long one.
    [[nodiscard]] bool has(part what) const noexcept
    {
        return (present_ >> static_cast<unsigned>(what) & 1) != 0;
    }
    [[nodiscard]] fault add(part what);
    [[nodiscard]] fault add_directive(std::string_view directive);
    [[nodiscard]] fault check() const;
    [[nodiscard]] static bool take(text_scanner& text, const step& wanted, fields& into) noexcept;

    std::vector<step> steps_;
    std::uint32_t present_ = 0;
};

} // namespace sluice::transform
