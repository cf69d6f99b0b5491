// What stands between the quotes of a JSON string, on its way to a text that PostgreSQL takes:
// escapes, NUL, surrogates, UTF-8 and lengths, against a reference that does one thing at a time.
#include "core/encoding.hpp"
#include "fuzz/messages.hpp"
#include "transform/json/escape.hpp"
#include "transform/json/fault.hpp"
#include "transform/transformer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::transform;
using fuzz::require;

constexpr std::size_t short_characters_max = 8;

// {} is what the text may be.
constexpr std::string_view configuration = R"(
pipelines:
  texts:
    source: {{ sqs: {{ queue_url: "http://127.0.0.1:9324/000000000000/texts" }} }}
    record:
      columns:
        as_text: {{ type: text, from: /a {} }}
        as_json: {{ type: jsonb, from: /a }}
    sink: {{ postgres: {{ url: "postgresql://localhost/x", table: texts }} }}
)";

// The reference: first the string as a list of what stands there, then the pairs, then the bytes.
struct symbol
{
    bool is_unit;        // of UTF-16, by \uXXXX; else a byte
    std::uint32_t value; // a pair that was joined is beyond 0xffff
};

std::optional<char> meaning_of(char escape)
{
    constexpr std::string_view names = R"("\/bfnrt)";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t at = names.find(escape);
    return at == std::string_view::npos ? std::nullopt : std::optional(meanings[at]);
}

// Nothing if an escape is none of JSON's.
std::optional<std::vector<symbol>> symbols_of(std::string_view escaped)
{
    std::vector<symbol> out;
    for (std::size_t at = 0; at < escaped.size(); ++at) {
        if (escaped[at] != '\\') {
            out.push_back({false, static_cast<unsigned char>(escaped[at])});
            continue;
        }
        if (++at == escaped.size())
            return std::nullopt;
        if (const auto plain = meaning_of(escaped[at])) {
            out.push_back({false, static_cast<unsigned char>(*plain)});
            continue;
        }
        const std::string_view digits = escaped.substr(at + 1, 4);
        std::uint32_t unit = 0;
        const char* const end = digits.data() + digits.size();
        if (escaped[at] != 'u' || digits.size() != 4 ||
            std::from_chars(digits.data(), end, unit, 16).ptr != end)
            return std::nullopt;
        out.push_back({true, unit});
        at += digits.size();
    }
    return out;
}

bool is_within(const symbol& of, std::uint32_t first, std::uint32_t last)
{
    return of.is_unit && of.value >= first && of.value <= last;
}

std::vector<symbol> joined(const std::vector<symbol>& units)
{
    std::vector<symbol> out;
    for (const symbol& each : units) {
        const bool is_pair = !out.empty() && is_within(out.back(), 0xd800, 0xdbff) &&
                             is_within(each, 0xdc00, 0xdfff);
        if (is_pair)
            out.back().value = 0x10000 + (out.back().value - 0xd800) * 0x400 + each.value - 0xdc00;
        else
            out.push_back(each);
    }
    return out;
}

struct reference
{
    bool malformed = false;
    bool nul = false;
    bool lone_surrogate = false;
    std::string text;
};

void append_utf8(std::string& to, std::uint32_t point)
{
    if (point < 0x80) {
        to += static_cast<char>(point);
        return;
    }
    std::string tail;
    std::uint32_t first_max = 0x3f; // what the first byte has room for
    while (point > first_max) {
        tail.insert(tail.begin(), static_cast<char>(0x80 | point % 64));
        point /= 64;
        first_max /= 2;
    }
    to += static_cast<char>((0xff ^ (first_max * 2 + 1)) | point);
    to += tail;
}

reference reference_of(std::string_view escaped)
{
    const auto units = symbols_of(escaped);
    if (!units)
        return {.malformed = true};
    reference out;
    for (const symbol& each : joined(*units)) {
        out.nul |= each.is_unit && each.value == 0;
        out.lone_surrogate |= is_within(each, 0xd800, 0xdfff);
        if (each.is_unit)
            append_utf8(out.text, each.value);
        else
            out.text += static_cast<char>(each.value);
    }
    return out;
}

// Where the first bytes stand that are no character (RFC 3629): decodes, and looks at what it got.
// Counts the characters before.
std::size_t first_invalid(std::string_view text, std::size_t& characters)
{
    characters = 0;
    for (std::size_t at = 0; at < text.size(); ++characters) {
        std::uint32_t point = static_cast<unsigned char>(text[at]);
        std::size_t bytes = 0;
        while (bytes < 8 && (point & (0x80U >> bytes)) != 0)
            ++bytes;
        if (bytes == 1 || bytes > 4)
            return at;
        point &= bytes == 0 ? 0x7fU : 0xffU >> (bytes + 1);
        const std::size_t end = at + (bytes == 0 ? 1 : bytes);
        for (std::size_t i = at + 1; i < end; ++i) {
            if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80)
                return at;
            point = point * 64 + (static_cast<unsigned char>(text[i]) & 0x3fU);
        }
        constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
        if (point < least[bytes] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return at;
        at = end;
    }
    return text.size();
}

void check_escapes(std::string_view escaped, const reference& expected)
{
    std::string apart(escaped.size(), '\0');
    std::string in_place(escaped);
    const json::escape_findings looked = json::check_escapes(escaped);
    const json::escape_findings found = json::unescape(escaped, apart.data());
    const json::escape_findings there = json::unescape(in_place, in_place.data());
    for (const json::escape_findings& each : {looked, found, there}) {
        require(each.malformed == expected.malformed, "an escape is JSON's or not");
        if (expected.malformed)
            continue;
        require(each.nul == expected.nul, "a NUL is seen");
        require(each.lone_surrogate == expected.lone_surrogate, "half of a pair is seen");
        require(each.size == expected.text.size(), "the text is that long");
    }
    if (expected.malformed)
        return;
    require(apart.substr(0, found.size) == expected.text, "the text is the text");
    require(in_place.substr(0, there.size) == expected.text, "in its place, too");
}

struct rig
{
    explicit rig(const char* check)
        : columns(fuzz::compiled(fmt::format(fmt::runtime(configuration), check)))
    {
        columns->shape(batch);
    }

    outcome add(const std::string& body)
    {
        batch.clear();
        fuzz::fill(from, {"m-1", fuzz::escaped(body), fuzz::md5_of(body), {}});
        return work.add({&from, 0}, batch);
    }

    std::shared_ptr<const mapping> columns;
    transformer work{columns, nullptr};
    row_batch batch;
    delivery from;
};

bool ends_the_string(std::string_view escaped)
{
    for (std::size_t at = 0; at < escaped.size(); ++at) {
        if (escaped[at] == '"')
            return true;
        at += escaped[at] == '\\' ? 1 : 0;
    }
    return false;
}

bool has_control(std::string_view escaped)
{
    return std::any_of(escaped.begin(), escaped.end(), [](unsigned char c) { return c < 0x20; });
}

void check_stored(std::string_view escaped, const reference& expected)
{
    static rig any("");
    static rig brief(", max_length: 8");
    std::size_t characters = 0;
    const bool is_utf8 = first_invalid(escaped, characters) == escaped.size();
    static_cast<void>(first_invalid(expected.text, characters));
    const bool is_json = !expected.malformed && !has_control(escaped);
    const bool is_text = is_utf8 && !expected.nul && !expected.lone_surrogate;
    const std::string body = fmt::format(R"({{"a":"{}"}})", escaped);
    const outcome became = any.add(body);
    require((became == outcome::row) == (is_json && is_text), "what is text is stored");
    if (became != outcome::row) {
        const reason why = any.batch.letter_entries.at(0).why;
        require((why == reason::not_json_object && !is_json) ||
                    (why == reason::invalid_text && !is_text),
                "and what is none is refused for that");
        return;
    }
    require(fuzz::element(any.batch.columns[0], 0) == expected.text, "byte by byte");
    require(fuzz::element(any.batch.columns[1], 0) == fmt::format("\1\"{}\"", escaped),
            "JSON stays as it stood");
    const bool fits = characters <= short_characters_max;
    require((brief.add(body) == outcome::row) == fits, "a length is counted in characters");
    require(fits || brief.batch.letter_entries.at(0).why == reason::too_long, "and told as such");
}

// Any text survives being written and read.
void check_round_trip(std::string_view text)
{
    const std::string written = fuzz::escaped(text);
    const reference read = reference_of(written);
    require(!read.malformed && read.text == text, "what is written is read again");
    require(!ends_the_string(written) && !has_control(written), "and is one string");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view escaped = fuzz::as_text(data, size);
    const reference expected = reference_of(escaped);
    check_escapes(escaped, expected);
    check_round_trip(escaped);
    std::size_t characters = 0;
    require(json::find_invalid_utf8(escaped) == first_invalid(escaped, characters),
            "what is no UTF-8 is found where it stands");
    if (!ends_the_string(escaped))
        check_stored(escaped, expected);
    return 0;
}
