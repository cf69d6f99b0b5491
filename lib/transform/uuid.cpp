#include "transform/uuid.hpp"

#include <cstddef>
#include <cstdint>

namespace sluice::transform {
namespace {

constexpr std::size_t text_bytes = 36;
constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> hex_values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    for (std::uint8_t i = 0; i < 10; ++i)
        table[static_cast<std::size_t>('0' + i)] = i;
    for (std::uint8_t i = 0; i < 6; ++i)
        table[static_cast<std::size_t>('a' + i)] = table[static_cast<std::size_t>('A' + i)] =
            static_cast<std::uint8_t>(10 + i);
    return table;
}();

// Where the two digits of each byte stand.
constexpr std::array<std::uint8_t, 16> digits_at = {0,  2,  4,  6,  9,  11, 14, 16,
                                                    19, 21, 24, 26, 28, 30, 32, 34};

} // namespace

bool read_uuid(std::string_view text, uuid_bytes& into) noexcept
{
    if (text.size() != text_bytes || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
        text[23] != '-')
        return false;
    // Pointers, since hardened builds check every index of a view.
    const auto* const digits = reinterpret_cast<const unsigned char*>(text.data());
    const std::uint8_t* const values = hex_values.data();
    unsigned char* out = into.data();
    unsigned seen = 0; // no_digit leaves its high bits here
    for (const std::uint8_t at : digits_at) {
        const unsigned high = values[digits[at]];
        const unsigned low = values[digits[at + 1]];
        seen |= high | low;
        *out++ = static_cast<unsigned char>(high << 4 | low);
    }
    return seen < 16;
}

} // namespace sluice::transform
