#include "transform/json/escape.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::json::check_escapes;
using sluice::json::escape_findings;

struct outcome
{
    std::string text;
    escape_findings found;
};

// Opens where it stands, as the transformer does, and checks that the look without the text and the
// text in another place agree.
outcome open_in_place(std::string escaped)
{
    const std::string before = escaped;
    const escape_findings found = sluice::json::unescape(escaped, escaped.data());
    std::vector<char> elsewhere(before.size());
    const std::size_t size = sluice::json::unescape(before, elsewhere.data()).size;
    CHECK(size == found.size);
    CHECK(std::ranges::equal(std::span(elsewhere).first(size),
                             std::string_view(escaped).substr(0, size)));
    const escape_findings looked = check_escapes(before);
    CHECK(looked.malformed == found.malformed);
    CHECK(looked.nul == found.nul);
    CHECK(looked.lone_surrogate == found.lone_surrogate);
    if (!found.malformed)
        CHECK(looked.size == found.size);
    return {escaped.substr(0, found.size), found};
}

std::string utf8(std::uint32_t point)
{
    std::string out;
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | point >> 6);
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | point >> 12);
        out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | point >> 18);
        out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    }
    return out;
}

std::string unit_escape(std::uint32_t unit, bool upper)
{
    const std::string digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string out = "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += digits[unit >> shift & 15];
    return out;
}

std::string unicode_escape(std::uint32_t point, bool upper)
{
    if (point < 0x10000)
        return unit_escape(point, upper);
    point -= 0x10000;
    return unit_escape(0xd800 + (point >> 10), upper) +
           unit_escape(0xdc00 + (point & 0x3ff), upper);
}

} // namespace

TEST_CASE("escape: every short escape is opened")
{
    const outcome opened = open_in_place(R"(\"\\\/\b\f\n\r\t)");
    CHECK(opened.text == "\"\\/\b\f\n\r\t");
    CHECK(opened.found.storable());
}

TEST_CASE("escape: a character of every length is opened from its code units")
{
    CHECK(open_in_place(R"(\u0041\u00e9\u20AC\ud83d\uDE00)").text == "A\u00e9\u20ac\U0001f600");
    CHECK(open_in_place(R"(\u007f\u0080\u07ff\u0800\uffff\ud800\udc00\udbff\udfff)").text ==
          "\u007f\u0080\u07ff\u0800\uffff\U00010000\U0010ffff");
}

TEST_CASE("escape: what JSON does not have is malformed")
{
    const char* const text = GENERATE(R"(\x41)", R"(\)", R"(a\)", R"(\u)", R"(\u12)", R"(\u123)",
                                      R"(\u12g4)", R"(\U0041)", R"(\')", R"(\0)", R"(\ n)");
    CAPTURE(text);
    CHECK(open_in_place(text).found.malformed);
}

TEST_CASE("escape: a NUL is found and kept")
{
    const outcome opened = open_in_place(R"(a\u0000b)");
    CHECK(opened.found.nul);
    CHECK_FALSE(opened.found.storable());
    CHECK(opened.text == std::string("a\0b", 3));
}

TEST_CASE("escape: half of a surrogate pair is found, and written as bytes that no UTF-8 has")
{
    struct sample
    {
        const char* escaped;
        const char* text;
    };
    const auto [escaped, text] =
        GENERATE(sample{R"(\ud800)", "\xed\xa0\x80"}, sample{R"(\udfff)", "\xed\xbf\xbf"},
                 sample{R"(\ud800a)", "\xed\xa0\x80"
                                      "a"},
                 sample{R"(\ud800\n)", "\xed\xa0\x80\n"},
                 sample{R"(\ud800\u0041)", "\xed\xa0\x80"
                                           "A"},
                 sample{R"(\udc00\ud800)", "\xed\xb0\x80\xed\xa0\x80"},
                 sample{R"(\ud800\ud800\udc00)", "\xed\xa0\x80\xf0\x90\x80\x80"});
    CAPTURE(escaped);
    const outcome opened = open_in_place(escaped);
    CHECK(opened.found.lone_surrogate);
    CHECK_FALSE(opened.found.storable());
    CHECK(opened.text == text);
}

TEST_CASE("escape: a high surrogate before a malformed escape is malformed")
{
    CHECK(open_in_place(R"(\ud800\u12)").found.malformed);
    CHECK(open_in_place(R"(\ud800\)").found.malformed);
}

TEST_CASE("escape: random text in random forms of escape opens to the same bytes")
{
    std::mt19937 random(20251121);
    const auto below = [&random](std::uint32_t bound) {
        return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random);
    };
    for (int round = 0; round < 3000; ++round) {
        std::string escaped;
        std::string text;
        for (std::uint32_t left = below(round % 2 == 0 ? 20 : 200); left > 0; --left) {
            std::uint32_t point = below(4) == 0 ? below(0x110000) : 1 + below(0x2ff);
            if (point >= 0xd800 && point < 0xe000)
                point -= 0x1000;
            if (point == 0)
                point = 1;
            text += utf8(point);
            const bool must = point < 0x20 || point == '"' || point == '\\';
            if (point == '\n' && below(2) == 0)
                escaped += "\\n";
            else if (point == '"' && below(2) == 0)
                escaped += "\\\"";
            else if (must || below(3) == 0)
                escaped += unicode_escape(point, below(2) == 0);
            else
                escaped += utf8(point);
        }
        const outcome opened = open_in_place(escaped);
        REQUIRE(opened.found.storable());
        REQUIRE(opened.text == text);
    }
}
