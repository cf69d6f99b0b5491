#include "sqs_server/protocol/json_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace sluice::sqs_server {
namespace {

constexpr auto needs_escape = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c)
        table[c] = true;
    table['"'] = table['\\'] = true;
    return table;
}();

void append_escape(std::string& out, char c)
{
    switch (c) {
    case '"':
    case '\\':
        out += {'\\', c};
        break;
    case '\n':
        out += "\\n";
        break;
    case '\r':
        out += "\\r";
        break;
    case '\t':
        out += "\\t";
        break;
    default:
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
}

} // namespace

void append_escaped(std::string& out, std::string_view text)
{
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape[static_cast<unsigned char>(text[i])])
            continue;
        out.append(text.substr(plain_from, i - plain_from));
        append_escape(out, text[i]);
        plain_from = i + 1;
    }
    out.append(text.substr(plain_from));
}

void append_number(byte_buffer& out, std::uint64_t number)
{
    std::array<char, 20> digits; // the longest that 64 bits give
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

} // namespace sluice::sqs_server
