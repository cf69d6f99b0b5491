// Exact decimal numbers, in the form that PostgreSQL's numeric has on the wire: digits to the base
// of 10000 (PostgreSQL source, numeric.c, numeric_recv).
#pragma once

#include "core/byte_buffer.hpp"
#include "transform/json/number.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::transform {

struct decimal
{
    // Four decimal digits a group; the first and the last may be partly used.
    static constexpr std::size_t groups_max = json::number_digits_max / 4 + 2;

    bool negative = false;
    std::int32_t weight = 0; // the first group counts 10000 to this power
    std::uint32_t scale = 0; // digits behind the point, as they are to be shown
    std::size_t groups = 0;  // without leading and trailing zeros; none: the number is zero
    std::array<std::uint16_t, groups_max> digits;
};

// Of a number within json::check_bounds.
void to_decimal(const json::number& from, decimal& into) noexcept;

[[nodiscard]] std::strong_ordering compare(const decimal& left, const decimal& right) noexcept;

void append_binary(const decimal& from, byte_buffer& out);

// As PostgreSQL shows it: "-0.050".
[[nodiscard]] std::string to_text(const decimal& from);

// From the wire; nothing if the bytes are no such number.
[[nodiscard]] std::optional<decimal> from_binary(std::string_view bytes);

enum class integer_fault : std::uint8_t
{
    none,
    fraction, // not a whole number
    range,    // beyond 64 bits
};

// The number times ten to the power `shift`, if that is a whole number of 64 bits: 2.50e1 is 25.
[[nodiscard]] integer_fault to_integer(const json::number& from, std::int32_t shift,
                                       std::int64_t& into) noexcept;

} // namespace sluice::transform
