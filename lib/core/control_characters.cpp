#include "core/control_characters.hpp"

#include <fmt/format.h>

#include <iterator>

namespace sluice {
namespace {

// The text with what `shown` makes of each control character.
template <class Shown>
std::string replace_controls(std::string_view text, Shown shown)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t control = control_bytes(text);
        if (control == 0)
            out.push_back(text.front());
        else
            shown(out, text.substr(0, control));
        text.remove_prefix(control == 0 ? 1 : control);
    }
    return out;
}

} // namespace

std::size_t control_bytes(std::string_view text) noexcept
{
    if (text.empty())
        return 0;
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x20 || first == 0x7f)
        return 1;
    if (first != 0xc2 || text.size() < 2)
        return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    return second >= 0x80 && second < 0xa0 ? 2 : 0;
}

bool has_control_character(std::string_view text) noexcept
{
    for (; !text.empty(); text.remove_prefix(1))
        if (control_bytes(text) > 0)
            return true;
    return false;
}

std::string printable(std::string_view text)
{
    return replace_controls(text, [](std::string& out, std::string_view control) {
        for (const char byte : control)
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
    });
}

std::string one_line(std::string_view text)
{
    return replace_controls(text, [](std::string& out, std::string_view) { out.push_back(' '); });
}

std::string printable_json(std::string_view json)
{
    return replace_controls(json, [](std::string& out, std::string_view control) {
        // The last byte in UTF-8 is the character's own number, up to U+00BF.
        fmt::format_to(std::back_inserter(out), "\\u{:04x}",
                       static_cast<unsigned char>(control.back()));
    });
}

} // namespace sluice
