#include "transform/json/fault.hpp"

#include <cstdint>

namespace sluice::json {
namespace {

// The length of the UTF-8 character at the start of `text` (RFC 3629, section 4); 0 if none is.
std::size_t character_bytes(std::string_view text) noexcept
{
    const auto byte = [&text](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
    const std::uint32_t first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return continues(1) ? 2 : 0;
    const std::uint32_t second = byte(1);
    if ((first & 0xf0) == 0xe0) {
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second >= 0xa0;
        return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        const bool overlong = first == 0xf0 && second < 0x90;
        const bool beyond = first == 0xf4 && second >= 0x90;
        return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

} // namespace

std::size_t find_invalid_utf8(std::string_view text) noexcept
{
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t bytes = character_bytes(text.substr(at));
        if (bytes == 0)
            return at;
        at += bytes;
    }
    return text.size();
}

std::size_t find_broken_string(std::string_view text) noexcept
{
    constexpr std::size_t outside = std::string_view::npos;
    std::size_t string_at = outside;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char character = text[at];
        if (character == '"')
            string_at = string_at == outside ? at : outside;
        else if (string_at == outside)
            continue;
        else if (static_cast<unsigned char>(character) < 0x20)
            return at;
        else if (character == '\\')
            ++at;
    }
    return string_at == outside ? text.size() : string_at;
}

} // namespace sluice::json
