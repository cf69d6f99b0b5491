#include "core/encoding.hpp"

#include "core/control_characters.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

// Arrays, not views: hardened builds check every index of a view.
constexpr char hex_digits[] = "0123456789abcdef";
constexpr char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char base64url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t not_a_digit = 0xff;

// Both digits of every byte.
constexpr std::array<char, 512> hex_pairs = [] {
    std::array<char, 512> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = hex_digits[i % 2 == 0 ? i / 2 >> 4 : i / 2 & 15];
    return table;
}();

using reverse_table = std::array<std::uint8_t, 256>;

constexpr reverse_table reverse(const char* alphabet)
{
    reverse_table table{};
    table.fill(not_a_digit);
    for (std::size_t i = 0; alphabet[i] != '\0'; ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}

constexpr reverse_table base64_digits = reverse(base64_alphabet);
constexpr reverse_table base64url_digits = reverse(base64url_alphabet);

// Unpadded base64; returns the end of what it wrote.
char* encode(std::span<const unsigned char> bytes, char* out, const char* alphabet) noexcept
{
    const unsigned char* in = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 3; left -= 3, in += 3) {
        const std::uint32_t group = std::uint32_t{in[0]} << 16 | in[1] << 8 | in[2];
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = alphabet[group >> 6 & 63];
        *out++ = alphabet[group & 63];
    }
    if (left == 0)
        return out;
    const std::uint32_t group = std::uint32_t{in[0]} << 16 | (left == 2 ? in[1] << 8 : 0);
    *out++ = alphabet[group >> 18];
    *out++ = alphabet[group >> 12 & 63];
    if (left == 2)
        *out++ = alphabet[group >> 6 & 63];
    return out;
}

std::optional<byte_string> decode(std::string_view in, const reverse_table& digits)
{
    if (in.size() % 4 == 1)
        return std::nullopt;
    byte_string out;
    out.reserve(in.size() * 3 / 4);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const char character : in) {
        const std::uint8_t digit = digits[static_cast<unsigned char>(character)];
        if (digit == not_a_digit)
            return std::nullopt;
        group = group << 6 | digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<unsigned char>(group >> bits));
            group &= (1U << bits) - 1;
        }
    }
    if (group != 0)
        return std::nullopt; // two texts would stand for the same bytes
    return out;
}

} // namespace

void to_hex(std::span<const unsigned char> in, char* out) noexcept
{
    const unsigned char* const end = in.data() + in.size();
    for (const unsigned char* at = in.data(); at != end; ++at) {
        std::memcpy(out, hex_pairs.data() + 2 * *at, 2);
        out += 2;
    }
}

std::string to_hex(std::span<const unsigned char> in)
{
    std::string out(in.size() * 2, '\0');
    to_hex(in, out.data());
    return out;
}

std::optional<byte_string> from_hex(std::string_view in)
{
    if (in.size() % 2 != 0)
        return std::nullopt;
    const auto digit = [](char c) -> int {
        if (c >= '0' && c <= '9')
            return c - '0';
        const char lower = static_cast<char>(c | 0x20);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    byte_string out;
    out.reserve(in.size() / 2);
    for (std::size_t i = 0; i < in.size(); i += 2) {
        const int high = digit(in[i]);
        const int low = digit(in[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        out.push_back(static_cast<unsigned char>(high * 16 + low));
    }
    return out;
}

void to_base64url(std::span<const unsigned char> in, char* out) noexcept
{
    encode(in, out, base64url_alphabet);
}

std::string to_base64url(std::span<const unsigned char> in)
{
    std::string out(base64url_size(in.size()), '\0');
    encode(in, out.data(), base64url_alphabet);
    return out;
}

std::string to_base64(std::span<const unsigned char> in)
{
    std::string out(base64url_size(in.size()), '\0');
    encode(in, out.data(), base64_alphabet);
    out.resize((in.size() + 2) / 3 * 4, '=');
    return out;
}

std::optional<byte_string> from_base64url(std::string_view in)
{
    return decode(in, base64url_digits);
}

std::optional<byte_string> from_base64(std::string_view in)
{
    if (in.size() % 4 != 0)
        return std::nullopt;
    if (in.ends_with("=="))
        in.remove_suffix(2);
    else if (in.ends_with('='))
        in.remove_suffix(1);
    return decode(in, base64_digits);
}

void append_json_string(std::string& out, std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    out.push_back('"');
    while (!text.empty()) {
        const std::size_t control = control_bytes(text);
        if (control > 0) {
            // The last byte in UTF-8 is the character's own number, up to U+00BF.
            const auto number = static_cast<unsigned char>(text[control - 1]);
            out += "\\u00";
            out.push_back(digits[number >> 4]);
            out.push_back(digits[number & 15]);
        } else {
            if (text.front() == '"' || text.front() == '\\')
                out.push_back('\\');
            out.push_back(text.front());
        }
        text.remove_prefix(std::max<std::size_t>(control, 1));
    }
    out.push_back('"');
}

} // namespace sluice
