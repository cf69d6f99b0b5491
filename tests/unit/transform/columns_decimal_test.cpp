#include "transform/columns/decimal.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>

namespace {

using namespace sluice;
using namespace sluice::transform;

json::number number(std::string_view text)
{
    const auto out = json::read_number(text);
    REQUIRE(out);
    return *out;
}

decimal exact(std::string_view text)
{
    decimal out;
    to_decimal(number(text), out);
    return out;
}

std::string binary(std::string_view text)
{
    byte_buffer out;
    append_binary(exact(text), out);
    return std::string(out.view());
}

// The slow way: moves the point over a string of digits, without groups.
std::string plain(const json::number& of)
{
    std::string digits = std::string(of.whole) + std::string(of.fraction);
    std::ptrdiff_t point = static_cast<std::ptrdiff_t>(of.whole.size()) + of.exponent;
    const std::ptrdiff_t scale =
        std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(of.fraction.size()) - of.exponent);
    while (point <= 0) {
        digits.insert(0, 1, '0');
        ++point;
    }
    while (static_cast<std::ptrdiff_t>(digits.size()) < point + scale)
        digits += '0';
    std::string whole = digits.substr(0, static_cast<std::size_t>(point));
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
    std::string out = whole;
    if (scale > 0)
        out +=
            "." + digits.substr(static_cast<std::size_t>(point), static_cast<std::size_t>(scale));
    const bool is_zero = out.find_first_not_of("0.") == std::string::npos;
    return of.negative && !is_zero ? "-" + out : out;
}

// Decodes what goes to PostgreSQL without the code under test: digit groups to the base of 10000.
std::string shown(std::string_view bytes)
{
    const auto at = [&bytes](std::size_t i) {
        return static_cast<unsigned char>(bytes[2 * i]) << 8 |
               static_cast<unsigned char>(bytes[2 * i + 1]);
    };
    const int groups = at(0);
    const int weight = static_cast<std::int16_t>(at(1));
    const int scale = at(3);
    REQUIRE(bytes.size() == static_cast<std::size_t>(8 + 2 * groups));
    REQUIRE((at(2) == 0 || at(2) == 0x4000));
    std::string whole;
    std::string fraction;
    for (int place = std::max(weight, 0); place >= -(scale + 3) / 4; --place) {
        const int index = weight - place;
        const int group =
            index >= 0 && index < groups ? at(static_cast<std::size_t>(4 + index)) : 0;
        REQUIRE(group < 10000);
        std::string four = std::to_string(group);
        four.insert(0, 4 - four.size(), '0');
        (place >= 0 ? whole : fraction) += four;
    }
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
    fraction.resize(static_cast<std::size_t>(scale));
    return (at(2) != 0 ? "-" : "") + whole + (scale > 0 ? "." + fraction : "");
}

} // namespace

TEST_CASE("decimal: the wire form is that of numeric_recv")
{
    using namespace std::string_literals;
    CHECK(binary("0") == "\0\0\0\0\0\0\0\0"s);
    CHECK(binary("1") == "\0\1\0\0\0\0\0\0\0\1"s);
    CHECK(binary("-1.5") == "\0\2\0\0\x40\0\0\1\0\1\x13\x88"s);
    CHECK(binary("10000") == "\0\1\0\1\0\0\0\0\0\1"s);
    CHECK(binary("0.0001") == "\0\1\xff\xff\0\0\0\4\0\1"s);
    CHECK(binary("0.00") == "\0\0\0\0\0\0\0\2"s);
    CHECK(binary("12345.678") == "\0\3\0\1\0\0\0\3\0\1\x09\x29\x1a\x7c"s);
}

TEST_CASE("decimal: digits and scale are kept as they are written")
{
    struct sample
    {
        const char* json;
        const char* shown;
    };
    const auto [json, expected] = GENERATE(
        sample{"0", "0"}, sample{"-0", "0"}, sample{"-0.00", "0.00"}, sample{"1.50", "1.50"},
        sample{"-12.034", "-12.034"}, sample{"1e5", "100000"}, sample{"1.5e3", "1500"},
        sample{"1.2345e2", "123.45"}, sample{"1e-5", "0.00001"}, sample{"123e-2", "1.23"},
        sample{"0e10", "0"}, sample{"0e-3", "0.000"}, sample{"10000", "10000"},
        sample{"99999999", "99999999"}, sample{"0.00010002", "0.00010002"});
    CAPTURE(json);
    CHECK(to_text(exact(json)) == expected);
    CHECK(shown(binary(json)) == expected);
}

TEST_CASE("decimal: random numbers survive the way to the wire, by two ways of reading them")
{
    std::mt19937 random(400);
    const auto below = [&random](int bound) {
        return std::uniform_int_distribution<int>(0, bound - 1)(random);
    };
    const auto digits = [&](int count) {
        std::string out;
        for (int i = 0; i < count; ++i)
            out += static_cast<char>('0' + (below(3) == 0 ? 0 : below(10)));
        return out;
    };
    for (int round = 0; round < 4000; ++round) {
        std::string text = below(2) == 0 ? "-" : "";
        std::string whole = digits(1 + below(round % 10 == 0 ? 200 : 12));
        whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
        text += whole;
        if (below(2) == 0)
            text += "." + digits(1 + below(round % 10 == 0 ? 199 : 12));
        if (below(3) == 0)
            text += (below(2) == 0 ? "e" : "E+") + std::to_string(below(309));
        else if (below(3) == 0)
            text += "e-" + std::to_string(below(309));
        CAPTURE(text);
        REQUIRE_FALSE(check_bounds(number(text)));
        const std::string expected = plain(number(text));
        REQUIRE(shown(binary(text)) == expected);
        REQUIRE(to_text(exact(text)) == expected);
        const auto back = from_binary(binary(text));
        REQUIRE(back);
        REQUIRE(to_text(*back) == expected);
        REQUIRE((compare(*back, exact(text)) == 0));
    }
}

TEST_CASE("decimal: the largest number within the bounds fits")
{
    const std::string nines(json::number_digits_max, '9');
    CHECK(to_text(exact(nines + "e308")) == nines + std::string(308, '0'));
    const std::string small = "0." + std::string(json::number_digits_max - 1, '1') + "e-308";
    CHECK(to_text(exact(small)) ==
          "0." + std::string(308, '0') + std::string(json::number_digits_max - 1, '1'));
    for (std::size_t cut = 0; cut < 8; ++cut) { // every alignment of the groups
        const std::string text =
            nines.substr(0, 200 - cut) + "." + nines.substr(0, 200 + cut) + "e-3";
        CHECK(shown(binary(text)) == plain(number(text)));
    }
}

TEST_CASE("decimal: numbers are compared by value")
{
    const std::vector<std::string> ascending = {
        "-1e10", "-10001", "-10000.5", "-10000", "-2", "-1.0001", "-1",    "-0.5",       "-1e-9",
        "0",     "1e-9",   "0.5",      "1",      "2",  "9999",    "10000", "10000.0001", "1e10"};
    for (std::size_t i = 0; i < ascending.size(); ++i)
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            CAPTURE(ascending[i], ascending[j]);
            CHECK((compare(exact(ascending[i]), exact(ascending[j])) == (i <=> j)));
        }
    CHECK((compare(exact("1"), exact("1.000")) == 0));
    CHECK((compare(exact("100"), exact("1e2")) == 0));
    CHECK((compare(exact("-0"), exact("0.0")) == 0));
}

TEST_CASE("decimal: bytes that are no number are told")
{
    CHECK_FALSE(from_binary(""));
    CHECK_FALSE(from_binary(std::string(7, '\0')));
    CHECK_FALSE(from_binary(std::string("\0\1\0\0\0\0\0\0", 8)));
    CHECK_FALSE(from_binary(std::string("\xff\xff\0\0\0\0\0\0", 8)));
}

TEST_CASE("decimal: whole numbers are told from fractions and from what is too large")
{
    struct sample
    {
        const char* json;
        std::int32_t shift;
        integer_fault fault;
        std::int64_t value;
    };
    const auto none = integer_fault::none;
    const auto [json, shift, fault, value] = GENERATE_COPY(
        sample{"0", 0, none, 0}, sample{"-0.0", 0, none, 0}, sample{"42", 0, none, 42},
        sample{"-42.000", 0, none, -42}, sample{"2.5e1", 0, none, 25}, sample{"1e3", 0, none, 1000},
        sample{"1200e-2", 0, none, 12}, sample{"0e99", 0, none, 0},
        sample{"9223372036854775807", 0, none, INT64_MAX},
        sample{"-9223372036854775808", 0, none, INT64_MIN},
        sample{"9223372036854775808", 0, integer_fault::range, 0},
        sample{"-9223372036854775809", 0, integer_fault::range, 0},
        sample{"1e19", 0, integer_fault::range, 0}, sample{"1e308", 0, integer_fault::range, 0},
        sample{"92233720368547758079", 0, integer_fault::range, 0},
        sample{"1.5", 0, integer_fault::fraction, 0}, sample{"1e-1", 0, integer_fault::fraction, 0},
        sample{"1.000001", 6, none, 1000001}, sample{"1.0000001", 6, integer_fault::fraction, 0},
        sample{"1.5", 3, none, 1500}, sample{"-7", 6, none, -7000000});
    CAPTURE(json, shift);
    std::int64_t got = 0;
    CHECK(to_integer(number(json), shift, got) == fault);
    if (fault == none)
        CHECK(got == value);
}
