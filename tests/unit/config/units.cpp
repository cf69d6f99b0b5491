#include "config/units.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <random>
#include <string>

using namespace sluice::config;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr duration_bounds any_duration{0ms, 100'000h};
constexpr size_bounds any_size{0, std::size_t{1} << 60};
constexpr count_bounds any_count{0, std::size_t{1} << 60};

value_text text(std::string_view value)
{
    return {value, "V"};
}

struct refused
{
    std::string_view value;
    std::string_view what;
};

} // namespace

TEST_CASE("units: durations are read in every unit")
{
    CHECK(*parse_duration(text("0s"), any_duration) == 0ms);
    CHECK(*parse_duration(text("250ms"), any_duration) == 250ms);
    CHECK(*parse_duration(text("20s"), any_duration) == 20s);
    CHECK(*parse_duration(text("10m"), any_duration) == 10min);
    CHECK(*parse_duration(text("12h"), any_duration) == 12h);
}

TEST_CASE("units: sizes are read in every unit")
{
    CHECK(*parse_size(text("0B"), any_size) == 0);
    CHECK(*parse_size(text("100B"), any_size) == 100);
    CHECK(*parse_size(text("1KiB"), any_size) == 1024);
    CHECK(*parse_size(text("64MiB"), any_size) == std::size_t{64} << 20);
    CHECK(*parse_size(text("2GiB"), any_size) == std::size_t{2} << 30);
}

TEST_CASE("units: a text that is no duration says how to write one")
{
    const auto each = GENERATE(values<refused>({
        {"", "V is no time"},           {"20", "V has no unit"},    {"0", "V has no unit"},
        {"s", "V is no time"},          {"-5s", "V is no time"},    {"+5s", "V is no time"},
        {"1.5s", "V is no time"},       {"1e3s", "V is no time"},   {"5 s", "V is no time"},
        {" 5s", "V is no time"},        {"5s ", "V is no time"},    {"5S", "V is no time"},
        {"05s", "V is no time"},        {"0x5s", "V is no time"},   {"5sec", "V is no time"},
        {"5us", "V is no time"},        {"1d", "V is no time"},     {"1m30s", "V is no time"},
        {"5\xc2\xb5s", "V is no time"}, {"twenty", "V is no time"},
    }));
    INFO(each.value);
    const auto got = parse_duration(text(each.value), any_duration);
    REQUIRE(got.has_error());
    CHECK(got.error().what == each.what);
    CHECK(got.error().remedy == "write it like 250ms, 20s, 10m or 1h");
}

TEST_CASE("units: a text that is no size says how to write one")
{
    const auto each = GENERATE(values<refused>({
        {"", "V is no size"},
        {"64", "V has no unit"},
        {"64MB", "V is no size"},
        {"64M", "V is no size"},
        {"64mib", "V is no size"},
        {"1TiB", "V is no size"},
        {"-1B", "V is no size"},
        {"1.5MiB", "V is no size"},
        {"64 MiB", "V is no size"},
        {"064MiB", "V is no size"},
    }));
    INFO(each.value);
    const auto got = parse_size(text(each.value), any_size);
    REQUIRE(got.has_error());
    CHECK(got.error().what == each.what);
    CHECK(got.error().remedy == "write it like 100B, 64KiB, 64MiB or 1GiB");
}

TEST_CASE("units: a count is digits and nothing else")
{
    CHECK(*parse_count(text("0"), any_count) == 0);
    CHECK(*parse_count(text("1000"), any_count) == 1000);
    const auto bad = GENERATE(values<std::string_view>(
        {"", "-1", "+1", "1.0", "1e3", "1_000", "1,000", "0x10", "010", " 1", "1 ", "ten", "1s"}));
    INFO(bad);
    const auto got = parse_count(text(bad), any_count);
    REQUIRE(got.has_error());
    CHECK(got.error().what == "V is no whole number");
    CHECK(got.error().remedy == "give 0 to 1152921504606846976");
}

TEST_CASE("units: bounds belong to the range, and what is outside is told the range")
{
    const duration_bounds range{100ms, 20s};
    CHECK(*parse_duration(text("100ms"), range) == 100ms);
    CHECK(*parse_duration(text("20s"), range) == 20s);

    const auto small = parse_duration(text("99ms"), range);
    REQUIRE(small.has_error());
    CHECK(small.error().what == "V is too small");
    CHECK(small.error().remedy == "give 100ms to 20s");

    const auto large = parse_duration(text("20001ms"), range);
    REQUIRE(large.has_error());
    CHECK(large.error().what == "V is too large");
    CHECK(large.error().remedy == "give 100ms to 20s");

    CHECK(parse_count(text("11"), {1, 10}).error().remedy == "give 1 to 10");
    CHECK(parse_size(text("1B"), {1024, 2048}).error().remedy == "give 1KiB to 2KiB");
}

TEST_CASE("units: a number too large for the machine is too large, not wrapped around")
{
    const auto huge = GENERATE(values<std::string>({
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999999999",
    }));
    INFO(huge);
    CHECK(parse_count(text(huge), any_count).error().what == "V is too large");
    CHECK(parse_size(text(huge + "GiB"), any_size).error().what == "V is too large");
    CHECK(parse_duration(text(huge + "h"), any_duration).error().what == "V is too large");
    // 2^64 / 2^30 + 1: the product alone does not fit.
    CHECK(parse_size(text("17179869185GiB"), any_size).error().what == "V is too large");
}

TEST_CASE("units: what is printed is read back as the same value")
{
    std::mt19937_64 random(20240229);
    for (int round = 0; round < 2000; ++round) {
        const unsigned bits = static_cast<unsigned>(random() % 50);
        const std::uint64_t number = random() >> (63 - bits) >> 1;
        const std::array<std::uint64_t, 4> factors{1, 1000, 60'000, 3'600'000};
        const milliseconds span(number % 1'000'000 * factors[random() % factors.size()]);
        CHECK(*parse_duration(text(duration_text(span)), {0ms, span}) == span);
        CHECK(*parse_size(text(size_text(number)), {0, number}) == number);
        CHECK(*parse_count(text(std::to_string(number)), {number, number}) == number);
    }
}

TEST_CASE("units: a value is printed in the largest unit that leaves it whole")
{
    CHECK(duration_text(0ms) == "0s");
    CHECK(duration_text(1500ms) == "1500ms");
    CHECK(duration_text(90s) == "90s");
    CHECK(duration_text(10min) == "10m");
    CHECK(duration_text(24h) == "24h");
    CHECK(size_text(0) == "0B");
    CHECK(size_text(1000) == "1000B");
    CHECK(size_text(std::size_t{1} << 20) == "1MiB");
    CHECK(size_text(std::size_t{1536} << 10) == "1536KiB");
}
