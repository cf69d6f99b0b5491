#include "config/finding.hpp"

#include <fmt/format.h>

namespace sluice::config {
namespace {

constexpr std::size_t quoted_bytes_max = 60;

// The longest start of at most `bytes` that does not cut a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t bytes)
{
    if (text.size() <= bytes)
        return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80)
        --bytes;
    return text.substr(0, bytes);
}

} // namespace

std::string in_quotes(std::string_view text)
{
    const std::string_view start = cut(text, quoted_bytes_max);
    return fmt::format("\"{}{}\"", printable(start), start.size() < text.size() ? "..." : "");
}

std::string to_string(std::string_view file, const finding& what)
{
    std::string out(file);
    if (what.line > 0)
        out += fmt::format(":{}", what.line);
    if (!what.key.empty())
        out += ": " + what.key;
    if (what.weight == severity::warning)
        out += ": warning";
    return printable(fmt::format("{}: {}; {}", out, what.told.what, what.told.remedy));
}

} // namespace sluice::config
