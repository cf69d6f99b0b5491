#include "transform/columns/date_time.hpp"
#include "transform/columns/time_format.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>

namespace {

using namespace sluice::transform;

// What PostgreSQL would show, in UTC, or the reason of the refusal.
std::string timestamp(std::string_view text)
{
    moment at;
    if (const verdict refused = read_timestamp(text, at))
        return std::string(to_string(refused->why));
    std::int64_t count = 0;
    if (const verdict refused = to_microseconds(at.utc(), count))
        return std::string(to_string(refused->why));
    return timestamp_text(count) + (at.zone ? "+00" : "");
}

std::string date(std::string_view text)
{
    moment at;
    if (const verdict refused = read_date(text, at))
        return std::string(to_string(refused->why));
    std::int64_t days = 0;
    if (const verdict refused = to_days(at.day, days))
        return std::string(to_string(refused->why));
    return date_text(days);
}

std::string formatted(std::string_view pattern, std::string_view text)
{
    auto compiled = time_format::compile(pattern);
    if (const auto* const fault = std::get_if<time_format::fault>(&compiled))
        return "pattern: " + *fault;
    moment at;
    if (const verdict refused = std::get<time_format>(compiled).read(text, at))
        return std::string(to_string(refused->why));
    std::int64_t count = 0;
    if (const verdict refused = to_microseconds(at.utc(), count))
        return std::string(to_string(refused->why));
    return timestamp_text(count);
}

} // namespace

TEST_CASE("time: dates count from 2000-01-01")
{
    const auto days = [](std::string_view text) {
        moment at;
        std::int64_t out = 0;
        REQUIRE_FALSE(read_date(text, at));
        REQUIRE_FALSE(to_days(at.day, out));
        return out;
    };
    CHECK(days("2000-01-01") == 0);
    CHECK(days("1999-12-31") == -1);
    CHECK(days("1970-01-01") == -10957);
    CHECK(days("2025-11-20") == 9455);
    CHECK(days("0001-01-01") == -730119);
    CHECK(days("9999-12-31") == 2921939);
}

TEST_CASE("time: what is no date is refused")
{
    const char* const text =
        GENERATE("", "2025", "2025-11", "2025-11-2", "2025-1-20", "25-11-20", "2025/11/20",
                 "2025-11-20 ", " 2025-11-20", "2025-11-20T", "2025-13-01", "2025-00-10",
                 "2025-02-29", "2025-02-30", "2025-04-31", "2025-11-00", "2025-11-32", "20251120",
                 "+025-11-20", "-2025-11-20", "2025-11-2O", "today", "12025-11-20");
    CAPTURE(text);
    CHECK(date(text) == "unparsable");
}

TEST_CASE("time: leap days follow the calendar")
{
    CHECK(date("2024-02-29") == "2024-02-29");
    CHECK(date("2000-02-29") == "2000-02-29");
    CHECK(date("1900-02-29") == "unparsable");
    CHECK(date("0000-02-29") == "out_of_range");
}

TEST_CASE("time: ISO times are read in all their forms")
{
    struct sample
    {
        const char* text;
        const char* shown;
    };
    const auto [text, shown] =
        GENERATE(sample{"2025-11-20T12:00:00", "2025-11-20 12:00:00"},
                 sample{"2025-11-20 12:00", "2025-11-20 12:00:00"},
                 sample{"2025-11-20t12:00:00.5", "2025-11-20 12:00:00.5"},
                 sample{"2025-11-20T12:00:00.000001", "2025-11-20 12:00:00.000001"},
                 sample{"2025-11-20T12:00:00.123456000", "2025-11-20 12:00:00.123456"},
                 sample{"2025-11-20T12:00:00Z", "2025-11-20 12:00:00+00"},
                 sample{"2025-11-20T12:00:00z", "2025-11-20 12:00:00+00"},
                 sample{"2025-11-20T12:00:00+02:00", "2025-11-20 10:00:00+00"},
                 sample{"2025-11-20T12:00:00-0530", "2025-11-20 17:30:00+00"},
                 sample{"2025-11-20T00:30:00+01", "2025-11-19 23:30:00+00"},
                 sample{"2025-12-31T23:59:59.999999-00:01", "2026-01-01 00:00:59.999999+00"},
                 sample{"1969-12-31T23:59:59.5Z", "1969-12-31 23:59:59.5+00"},
                 sample{"0001-01-01T00:00:00", "0001-01-01 00:00:00"},
                 sample{"9999-12-31T23:59:59.999999", "9999-12-31 23:59:59.999999"});
    CAPTURE(text);
    CHECK(timestamp(text) == shown);
}

TEST_CASE("time: what is no time is refused")
{
    const char* const text = GENERATE(
        "", "2025-11-20", "2025-11-20T", "2025-11-20T12", "2025-11-20T12:0", "2025-11-20T1:00",
        "2025-11-20T24:00:00", "2025-11-20T12:60:00", "2025-11-20T12:00:60", "2025-11-20T12:00:00.",
        "2025-11-20T12:00:00,5", "2025-11-20T12:00:00 Z", "2025-11-20T12:00:00+2",
        "2025-11-20T12:00:00+02:", "2025-11-20T12:00:00+02:0", "2025-11-20T12:00:00+16",
        "2025-11-20T12:00:00+020", "2025-11-20T12:00:00-08005", "2025-11-20T12:00:00+02:60",
        "2025-11-20T12:00:00Europe/Berlin", "2025-11-20  12:00:00", "2025-11-20T12:00:00ZZ",
        "2025-11-31T12:00:00Z", "now");
    CAPTURE(text);
    CHECK(timestamp(text) == "unparsable");
}

TEST_CASE("time: what PostgreSQL would round, and years beyond four digits, are out of range")
{
    CHECK(timestamp("2025-11-20T12:00:00.1234567") == "out_of_range");
    CHECK(timestamp("2025-11-20T12:00:00.123456001Z") == "out_of_range");
    CHECK(timestamp("2025-11-20T12:00:00.1234560000Z") == "unparsable"); // ten digits
    CHECK(timestamp("0000-12-31T23:59:59") == "out_of_range");
    CHECK(timestamp("0001-01-01T00:00:00+01") == "out_of_range");
    CHECK(timestamp("9999-12-31T23:59:59-01") == "out_of_range");
}

TEST_CASE("time: random moments survive being shown and read")
{
    std::mt19937_64 random(2000);
    std::uniform_int_distribution<std::int64_t> any(-63082281600000000, 252455615999999999);
    for (int i = 0; i < 5000; ++i) {
        const std::int64_t count = any(random);
        moment at;
        std::int64_t back = 0;
        REQUIRE_FALSE(read_timestamp(timestamp_text(count), at));
        REQUIRE_FALSE(to_microseconds(at.utc(), back));
        REQUIRE(back == count);
    }
}

TEST_CASE("time: a measured time is counted from 2000 too, rounded down to its day")
{
    const auto at = [](std::int64_t ms) {
        return sluice::wall_time(std::chrono::milliseconds(ms));
    };
    CHECK(timestamp_text(microseconds_since_2000(at(1763640000123))) == "2025-11-20 12:00:00.123");
    CHECK(date_text(days_since_2000(at(1763640000123))) == "2025-11-20");
    CHECK(date_text(days_since_2000(at(-1))) == "1969-12-31");
}

TEST_CASE("format: every directive is read")
{
    CHECK(formatted("%Y-%m-%d", "2025-11-20") == "2025-11-20 00:00:00");
    CHECK(formatted("%d.%m.%Y %H:%M", "20.11.2025 09:05") == "2025-11-20 09:05:00");
    CHECK(formatted("%-m/%-d/%Y", "1/5/2025") == "2025-01-05 00:00:00");
    CHECK(formatted("%-m/%-d/%Y", "11/20/2025") == "2025-11-20 00:00:00");
    CHECK(formatted("%d %b %Y", "20 Nov 2025") == "2025-11-20 00:00:00");
    CHECK(formatted("%B %d, %Y", "november 20, 2025") == "2025-11-20 00:00:00");
    CHECK(formatted("%d-%b-%Y", "01-MAY-2025") == "2025-05-01 00:00:00");
    CHECK(formatted("%Y%j", "2025324") == "2025-11-20 00:00:00");
    CHECK(formatted("%Y%m%d%H%M%S", "20251120120102") == "2025-11-20 12:01:02");
    CHECK(formatted("%F %T.%f", "2025-11-20 12:01:02.5") == "2025-11-20 12:01:02.5");
    CHECK(formatted("%F %I:%M %p", "2025-11-20 12:30 AM") == "2025-11-20 00:30:00");
    CHECK(formatted("%F %I:%M %p", "2025-11-20 12:30 pm") == "2025-11-20 12:30:00");
    CHECK(formatted("%F %-I:%M%p", "2025-11-20 1:30PM") == "2025-11-20 13:30:00");
    CHECK(formatted("%F %-H:%M", "2025-11-20 7:30") == "2025-11-20 07:30:00");
    CHECK(formatted("%FT%T%z", "2025-11-20T12:00:00+0200") == "2025-11-20 10:00:00");
    CHECK(formatted("%FT%T%z", "2025-11-20T12:00:00+020") == "unparsable");
    CHECK(formatted("%z %FT%T", "+02 2025-11-20T12:00:00") == "2025-11-20 10:00:00");
    CHECK(formatted("%F %T %z", "2025-11-20 12:00:00 Z") == "2025-11-20 12:00:00");
    CHECK(formatted("100%% %F", "100% 2025-11-20") == "2025-11-20 00:00:00");
}

TEST_CASE("format: a text that does not fit to the last character is refused")
{
    struct sample
    {
        const char* pattern;
        const char* text;
    };
    const auto [pattern, text] = GENERATE(
        sample{"%Y-%m-%d", "2025-11-2"}, sample{"%Y-%m-%d", "2025-1-20"},
        sample{"%Y-%m-%d", "2025-11-20x"}, sample{"%Y-%m-%d", "2025-11-20 "},
        sample{"%Y-%m-%d", " 2025-11-20"}, sample{"%Y-%m-%d", "2025/11/20"}, sample{"%Y-%m-%d", ""},
        sample{"%Y-%m-%d", "2025-02-29"}, sample{"%Y-%m-%d", "2025-13-01"},
        sample{"%m/%d/%Y", "11/31/2001"}, sample{"%-m/%-d/%Y", "/5/2025"},
        sample{"%-m/%-d/%Y", "111/5/2025"}, sample{"%d %b %Y", "20 Nox 2025"},
        sample{"%d %b %Y", "20  Nov 2025"}, sample{"%Y%j", "2025366"}, sample{"%Y%j", "2025000"},
        sample{"%F %H", "2025-11-20 24"}, sample{"%F %H:%M", "2025-11-20 12:60"},
        sample{"%F %T", "2025-11-20 12:00:60"}, sample{"%F %I %p", "2025-11-20 13 PM"},
        sample{"%F %I %p", "2025-11-20 00 AM"}, sample{"%F %I %p", "2025-11-20 11 XM"},
        sample{"%F %T.%f", "2025-11-20 12:00:00."}, sample{"%F %T%z", "2025-11-20 12:00:00"},
        sample{"%F %T.%f", "2025-11-20 12:00:00.1234567"});
    CAPTURE(pattern, text);
    CHECK(formatted(pattern, text) == "unparsable");
}

TEST_CASE("format: a pattern that cannot name one moment is refused, with the reason")
{
    struct sample
    {
        const char* pattern;
        const char* fault;
    };
    const auto [pattern, fault] =
        GENERATE(sample{"", "no whole date"}, sample{"%H:%M", "no whole date"},
                 sample{"%Y-%m", "no whole date"}, sample{"%m-%d", "no whole date"},
                 sample{"%Y-%m-%d %Y", "a second time"}, sample{"%F %d", "a second time"},
                 sample{"%F %b", "a second time"}, sample{"%F %j", "a second time"},
                 sample{"%F %H %I %p", "a second time"}, sample{"%F %I", "belong together"},
                 sample{"%F %H %p", "belong together"}, sample{"%F %M", "leaves a gap"},
                 sample{"%F %H:%S", "leaves a gap"}, sample{"%F %H:%M.%f", "leaves a gap"},
                 sample{"%F %q", "%q is unknown"}, sample{"%F %-Y", "%-Y is unknown"},
                 sample{"%y-%m-%d", "%y is unknown"}, sample{"%F%", "% is unknown"});
    CAPTURE(pattern);
    CHECK_THAT(formatted(pattern, ""), Catch::StartsWith("pattern: ") && Catch::Contains(fault));
}
