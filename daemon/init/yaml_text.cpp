#include "daemon/init/yaml_text.hpp"

#include "daemon/init/code_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice::daemon {
namespace {

// What YAML 1.1 or 1.2 takes for something other than a text, in small letters.
constexpr auto other_than_texts =
    std::to_array<std::string_view>({"false", "n", "no", "null", "off", "on", "true", "y", "yes"});

bool is_plain(const code_point& what, bool is_first)
{
    const char32_t c = what.value;
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                           c == '/' || is_foreign_letter(c);
    return is_letter || (!is_first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

bool is_plain(std::string_view text)
{
    std::string small(text);
    std::ranges::transform(small, small.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (text.empty() || std::ranges::find(other_than_texts, small) != other_than_texts.end())
        return false;
    for (std::string_view rest = text; !rest.empty();) {
        const bool is_first = rest.size() == text.size();
        if (!is_plain(take_code_point(rest), is_first))
            return false;
    }
    return true;
}

// What cannot be seen, or ends a line for some readers, is written by its number.
void append_quoted(const code_point& what, std::string& out)
{
    constexpr char32_t ascii_end = 0x7f;
    constexpr char32_t short_end = 0x10000;
    const char32_t c = what.value;
    const auto number = static_cast<std::uint32_t>(c);
    if (c == '"' || c == '\\')
        out += fmt::format("\\{}", what.text);
    else if ((c >= ' ' && c < ascii_end) || is_foreign_letter(c))
        out += what.text;
    else if (c < short_end)
        out += fmt::format("\\u{:04x}", number);
    else
        out += fmt::format("\\U{:08x}", number);
}

} // namespace

std::string yaml_scalar(std::string_view text)
{
    if (is_plain(text))
        return std::string(text);
    std::string out = "\"";
    while (!text.empty())
        append_quoted(take_code_point(text), out);
    out.push_back('"');
    return out;
}

std::string yaml_text(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with("${"))
            out.push_back('$');
        out.push_back(text[i]);
    }
    return yaml_scalar(out);
}

} // namespace sluice::daemon
