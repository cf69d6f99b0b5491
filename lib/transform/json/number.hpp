// The grammar of JSON numbers (RFC 8259, section 6). Digits are kept as they stand: no number goes
// through a double unless its column is one.
#pragma once

#include "transform/refusal.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::json {

// A number far too long for anybody's arithmetic costs PostgreSQL kilobytes for a few bytes of
// JSON ("1e131071"), so both are bounded.
inline constexpr std::size_t number_digits_max = 400;
inline constexpr std::int32_t number_exponent_max = 308;

struct number
{
    bool negative = false;
    std::string_view whole;    // digits before the point, no leading zero but "0" itself
    std::string_view fraction; // digits behind the point; empty if there is none
    std::int32_t exponent = 0; // as written; one beyond the bound stands for all that is beyond
    bool has_exponent = false;
};

// Nothing unless the whole text is one number.
[[nodiscard]] std::optional<number> read_number(std::string_view text) noexcept;

// Refuses a number beyond the bounds above.
[[nodiscard]] transform::verdict check_bounds(const number& of) noexcept;

} // namespace sluice::json
