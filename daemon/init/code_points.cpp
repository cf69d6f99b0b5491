#include "daemon/init/code_points.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace sluice::daemon {
namespace {

constexpr unsigned continuation_bits = 6;

struct letter_range
{
    char32_t first;
    char32_t last;
};

// What lies between them are signs, spaces, and characters that cannot be seen.
constexpr std::array letter_ranges{
    letter_range{0xc0, 0xd6},     letter_range{0xd8, 0xf6},     letter_range{0xf8, 0x167f},
    letter_range{0x1681, 0x180d}, letter_range{0x180f, 0x1fff}, letter_range{0x3041, 0x9fff},
    letter_range{0xac00, 0xd7a3},
};

} // namespace

code_point take_code_point(std::string_view& text) noexcept
{
    const auto lead = static_cast<unsigned char>(text.front());
    const auto ones = static_cast<std::size_t>(std::countl_one(lead));
    const std::size_t size = std::min(std::max<std::size_t>(ones, 1), text.size());
    char32_t value = ones == 0 ? lead : lead & (0x7fu >> ones);
    for (const char each : text.substr(1, size - 1))
        value = value << continuation_bits | (static_cast<unsigned char>(each) & 0x3fu);
    const code_point out{value, text.substr(0, size)};
    text.remove_prefix(size);
    return out;
}

bool is_foreign_letter(char32_t what) noexcept
{
    return std::ranges::any_of(letter_ranges, [what](const letter_range& each) {
        return what >= each.first && what <= each.last;
    });
}

} // namespace sluice::daemon
