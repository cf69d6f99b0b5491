#include "transform/json/escape.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice::json {
namespace {

// What stands for itself after a backslash; zero for `u` and for all that may not stand there.
constexpr std::array<char, 256> short_escapes = [] {
    std::array<char, 256> table{};
    table['"'] = '"';
    table['\\'] = '\\';
    table['/'] = '/';
    table['b'] = '\b';
    table['f'] = '\f';
    table['n'] = '\n';
    table['r'] = '\r';
    table['t'] = '\t';
    return table;
}();

constexpr std::uint32_t no_code_unit = 0xffffffff;
constexpr std::size_t unicode_escape_bytes = 6; // \uXXXX

std::uint32_t hex_digit(char character) noexcept
{
    if (character >= '0' && character <= '9')
        return static_cast<std::uint32_t>(character - '0');
    const char lower = static_cast<char>(character | 0x20);
    if (lower >= 'a' && lower <= 'f')
        return static_cast<std::uint32_t>(lower - 'a' + 10);
    return no_code_unit;
}

// The UTF-16 code unit of the \uXXXX at `at`, if one stands there.
std::uint32_t code_unit(const char* at, const char* end) noexcept
{
    if (end - at < static_cast<std::ptrdiff_t>(unicode_escape_bytes) || at[0] != '\\' ||
        at[1] != 'u')
        return no_code_unit;
    std::uint32_t unit = 0;
    for (std::size_t i = 2; i < unicode_escape_bytes; ++i) {
        const std::uint32_t digit = hex_digit(at[i]);
        if (digit == no_code_unit)
            return no_code_unit;
        unit = unit << 4 | digit;
    }
    return unit;
}

bool is_high_surrogate(std::uint32_t unit) noexcept
{
    return unit >= 0xd800 && unit < 0xdc00;
}

bool is_low_surrogate(std::uint32_t unit) noexcept
{
    return unit >= 0xdc00 && unit < 0xe000;
}

char* put_utf8(std::uint32_t point, char* out) noexcept
{
    const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | point >> 6);
        put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12);
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    } else {
        put(0xf0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3f));
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    }
    return out;
}

// Reads the \uXXXX at `in`, or the pair of them; returns the character and moves `in` behind it.
std::uint32_t take_code_point(const char*& in, const char* end, escape_findings& found) noexcept
{
    const std::uint32_t first = code_unit(in, end);
    if (first == no_code_unit) {
        found.malformed = true;
        return 0;
    }
    in += unicode_escape_bytes;
    if (is_high_surrogate(first)) {
        const std::uint32_t second = code_unit(in, end);
        if (second != no_code_unit && is_low_surrogate(second)) {
            in += unicode_escape_bytes;
            return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        }
    }
    found.nul |= first == 0;
    found.lone_surrogate |= is_high_surrogate(first) || is_low_surrogate(first);
    return first;
}

// The high bit of each byte that is a backslash; right up to the first of them.
std::uint64_t backslashes(std::uint64_t word) noexcept
{
    constexpr std::uint64_t ones = 0x0101010101010101;
    const std::uint64_t zero_if_backslash = word ^ ones * '\\';
    return (zero_if_backslash - ones) & ~zero_if_backslash & ones << 7;
}

static_assert(std::endian::native == std::endian::little);
constexpr std::ptrdiff_t word_bytes = sizeof(std::uint64_t);

std::uint64_t load_word(const char* at) noexcept
{
    std::uint64_t word;
    std::memcpy(&word, at, word_bytes);
    return word;
}

// Copies what stands before the next backslash, eight bytes at a time: a body inside of a response
// has one every few characters. `out` may lie at or before `in` in the same memory.
void copy_plain(const char*& in, const char* end, char*& out) noexcept
{
    while (end - in >= word_bytes) {
        const std::uint64_t word = load_word(in);
        const std::uint64_t found = backslashes(word);
        if (found == 0) {
            std::memcpy(out, &word, word_bytes);
            in += word_bytes;
            out += word_bytes;
            continue;
        }
        // What follows the backslash was not read yet, and may lie where this is written.
        const int plain = std::countr_zero(found) / 8;
        const std::uint64_t copied = (std::uint64_t{1} << 8 * plain) - 1;
        const std::uint64_t merged = (word & copied) | (load_word(out) & ~copied);
        std::memcpy(out, &merged, word_bytes);
        in += plain;
        out += plain;
        return;
    }
    while (in != end && *in != '\\')
        *out++ = *in++;
}

// Every escape leaves the text one byte further behind. From eight on, a whole word can be written
// and what follows a backslash in it written over: it was read.
bool may_write_words(const char* in, const char* out) noexcept
{
    return reinterpret_cast<std::uintptr_t>(in) - reinterpret_cast<std::uintptr_t>(out) >=
           static_cast<std::uintptr_t>(word_bytes);
}

// Copies up to the first escape that is more than a character behind a backslash, or to the last
// few bytes.
void copy_words(const char*& in_at, const char* end, char*& out_at) noexcept
{
    const char* in = in_at; // in registers: a write through `out` could change the arguments
    char* out = out_at;
    while (end - in > word_bytes) {
        const std::uint64_t word = load_word(in);
        const std::uint64_t found = backslashes(word);
        std::memcpy(out, &word, word_bytes);
        const int plain = found == 0 ? word_bytes : std::countr_zero(found) / 8;
        in += plain;
        out += plain;
        if (found == 0)
            continue;
        const char escaped = short_escapes[static_cast<unsigned char>(in[1])];
        if (escaped == '\0')
            break;
        *out++ = escaped;
        in += 2;
    }
    in_at = in;
    out_at = out;
}

} // namespace

escape_findings unescape(std::string_view escaped, char* out) noexcept
{
    escape_findings found;
    const char* in = escaped.data();
    const char* const end = in + escaped.size();
    char* const begin = out;
    while (true) {
        if (may_write_words(in, out))
            copy_words(in, end, out);
        copy_plain(in, end, out);
        if (in == end)
            break;
        const char plain = in + 1 == end ? '\0' : short_escapes[static_cast<unsigned char>(in[1])];
        if (plain != '\0') {
            *out++ = plain;
            in += 2;
            continue;
        }
        const std::uint32_t point = take_code_point(in, end, found);
        if (found.malformed)
            break;
        out = put_utf8(point, out);
    }
    found.size = static_cast<std::size_t>(out - begin);
    return found;
}

escape_findings check_escapes(std::string_view escaped) noexcept
{
    escape_findings found;
    const char* in = escaped.data();
    const char* const end = in + escaped.size();
    while (in != end) {
        const auto* const backslash =
            static_cast<const char*>(std::memchr(in, '\\', static_cast<std::size_t>(end - in)));
        if (backslash == nullptr) {
            found.size += static_cast<std::size_t>(end - in);
            break;
        }
        found.size += static_cast<std::size_t>(backslash - in);
        in = backslash;
        if (in + 1 != end && short_escapes[static_cast<unsigned char>(in[1])] != '\0') {
            in += 2;
            ++found.size;
            continue;
        }
        const std::uint32_t point = take_code_point(in, end, found);
        if (found.malformed)
            break;
        std::array<char, 4> ignored;
        found.size += static_cast<std::size_t>(put_utf8(point, ignored.data()) - ignored.data());
    }
    return found;
}

} // namespace sluice::json
