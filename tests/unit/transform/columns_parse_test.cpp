#include "sample_pipeline.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace {

using namespace sluice;
using test::bench;
using type = config::column_type;
using verb = config::parse_verb;

// What the verbs make of a JSON value.
std::string parsed(type what, std::vector<config::parse_step> steps, std::string_view json)
{
    config::column of = test::column("v", what);
    of.parse = std::move(steps);
    bench tried(test::pipeline_of({of}));
    const auto became = tried.once("{\"v\":" + std::string(json) + "}");
    if (!became.letter.empty())
        return became.letter.substr(0, became.letter.find(' '));
    return became.row[0].value_or("null");
}

} // namespace

TEST_CASE("parse: version_major is the first number of a version")
{
    struct sample
    {
        const char* json;
        const char* became;
    };
    const auto [json, became] = GENERATE(
        sample{R"("2.3.0")", "2"}, sample{R"("2")", "2"}, sample{R"("10.0.19045.3803")", "10"},
        sample{R"("2.3.0-beta.1")", "2"}, sample{R"("2.3.0+build7")", "2"},
        sample{R"("007.1")", "7"}, sample{R"("2147483647.0")", "2147483647"},
        sample{R"("2147483648.0")", "out_of_range"},
        sample{R"("0000000000000000000000002.0")", "2"}, sample{R"("0000000000000000000")", "0"},
        sample{R"("99999999999999999999.0")", "out_of_range"}, sample{R"("latest")", "unparsable"},
        sample{R"("")", "unparsable"}, sample{R"("v2.3.0")", "unparsable"},
        sample{R"("2.")", "unparsable"}, sample{R"(".2")", "unparsable"},
        sample{R"("2..3")", "unparsable"}, sample{R"("2.x")", "unparsable"},
        sample{R"("2 ")", "unparsable"}, sample{R"("-2.0")", "unparsable"},
        sample{R"("2-")", "unparsable"}, sample{R"("2.3-a b")", "unparsable"},
        sample{"2", "wrong_type"}, sample{"2.3", "wrong_type"}, sample{"null", "null"});
    CAPTURE(json);
    CHECK(parsed(type::integer, {{verb::version_major, ""}}, json) == became);
}

TEST_CASE("parse: version_packed makes numbers that sort as versions do")
{
    struct sample
    {
        const char* json;
        const char* became;
    };
    const auto [json, became] = GENERATE(
        sample{R"("2.3.0")", "2003000"}, sample{R"("2.3")", "2003000"}, sample{R"("2")", "2000000"},
        sample{R"("0.0.1")", "1"}, sample{R"("2.999.999")", "2999999"},
        sample{R"("2147.483.647")", "2147483647"}, sample{R"("2147.483.648")", "out_of_range"},
        sample{R"("00000000000000002.0003.00")", "2003000"},
        sample{R"("2.1000.0")", "out_of_range"}, sample{R"("2.0.1000")", "out_of_range"},
        sample{R"("9999999999999.0")", "out_of_range"}, sample{R"("2.3.0.1")", "unparsable"},
        sample{R"("2.3.0-beta")", "unparsable"}, sample{R"("2.3.")", "unparsable"},
        sample{R"("latest")", "unparsable"}, sample{R"("")", "unparsable"},
        sample{"2", "wrong_type"});
    CAPTURE(json);
    CHECK(parsed(type::integer, {{verb::version_packed, ""}}, json) == became);
    CHECK(parsed(type::bigint, {{verb::version_packed, ""}}, R"("2147.483.648")") == "2147483648");
    CHECK(parsed(type::bigint, {{verb::version_packed, ""}}, R"("999999999999.999.999")") ==
          "999999999999999999");
}

TEST_CASE("parse: epoch times are numbers, or texts of numbers, exact to the microsecond")
{
    const auto seconds = [](std::string_view json) {
        return parsed(type::timestamptz, {{verb::epoch_s, ""}}, json);
    };
    CHECK(seconds("0") == "1970-01-01 00:00:00+00");
    CHECK(seconds("1763640000.123456") == "2025-11-20 12:00:00.123456+00");
    CHECK(seconds("-0.5") == "1969-12-31 23:59:59.5+00");
    CHECK(seconds("1.76364e9") == "2025-11-20 12:00:00+00");
    CHECK(seconds(R"("1763640000")") == "2025-11-20 12:00:00+00");
    CHECK(seconds("0.1234567") == "out_of_range");
    CHECK(seconds("253402300799") == "9999-12-31 23:59:59+00");
    CHECK(seconds("253402300800") == "out_of_range");
    CHECK(seconds("-62135596801") == "out_of_range");
    CHECK(seconds("1e300") == "out_of_range");
    CHECK(seconds(R"("now")") == "unparsable");
    CHECK(seconds(R"("")") == "unparsable");
    CHECK(seconds("true") == "wrong_type");
    const auto milliseconds = [](type what, std::string_view json) {
        return parsed(what, {{verb::epoch_ms, ""}}, json);
    };
    CHECK(milliseconds(type::timestamptz, "1763640000123") == "2025-11-20 12:00:00.123+00");
    CHECK(milliseconds(type::timestamp, "1763640000123.5") == "2025-11-20 12:00:00.1235");
    CHECK(milliseconds(type::date, "1763682000000") == "2025-11-20");
    CHECK(milliseconds(type::date, "-1") == "1969-12-31");
    CHECK(milliseconds(type::timestamp, "0.0001") == "out_of_range");
}

TEST_CASE("parse: a format reads times of other shapes")
{
    const auto by_format = [](type what, const char* pattern, std::string_view json) {
        return parsed(what, {{verb::format, pattern}}, json);
    };
    CHECK(by_format(type::date, "%-m/%-d/%Y", R"("1/5/2025")") == "2025-01-05");
    CHECK(by_format(type::date, "%m/%d/%Y", R"("11/31/2001")") == "unparsable");
    CHECK(by_format(type::timestamp, "%d.%m.%Y %H:%M", R"("20.11.2025 09:05")") ==
          "2025-11-20 09:05:00");
    CHECK(by_format(type::timestamptz, "%FT%T%z", R"("2025-11-20T12:00:00+02:00")") ==
          "2025-11-20 10:00:00+00");
    CHECK(by_format(type::timestamptz, "%F %T", R"("2025-11-20 12:00:00")") ==
          "2025-11-20 12:00:00+00");
    CHECK(by_format(type::date, "%Y%m%d", "20251120") == "wrong_type");
}

TEST_CASE("parse: trim takes ASCII white space from both ends")
{
    const auto trimmed = [](std::string_view json) {
        return parsed(type::text, {{verb::trim, ""}}, json);
    };
    CHECK(trimmed(R"(" a b\t\n")") == "a b");
    CHECK(trimmed(R"("a")") == "a");
    CHECK(trimmed(R"("   ")").empty());
    CHECK(trimmed(R"("\u00a0a")") == "\u00a0"
                                     "a");
}

TEST_CASE("parse: lower and upper turn ASCII letters, and leave the others")
{
    CHECK(parsed(type::text, {{verb::lower, ""}}, R"("AbZ\u00c9[@`{")") == "abz\u00c9[@`{");
    CHECK(parsed(type::text, {{verb::upper, ""}}, R"("aBz\u00e9[@`{")") == "ABZ\u00e9[@`{");
    CHECK(parsed(type::text, {{verb::lower, ""}}, R"("PLAIN")") == "plain");
    CHECK(parsed(type::text, {{verb::lower, ""}}, R"("")").empty());
}

TEST_CASE("parse: verbs follow one another, on escaped and plain text alike")
{
    CHECK(parsed(type::text, {{verb::trim, ""}, {verb::lower, ""}}, R"("  ABC ")") == "abc");
    CHECK(parsed(type::text, {{verb::trim, ""}, {verb::upper, ""}}, R"("\t\u0061bc\n")") == "ABC");
    CHECK(parsed(type::integer, {{verb::trim, ""}, {verb::version_major, ""}}, R"(" 2.3 ")") ==
          "2");
    CHECK(parsed(type::boolean, {{verb::lower, ""}}, R"("TRUE")") == "true");
}

TEST_CASE("parse: verbs apply to each element of an array")
{
    config::column of = test::column("v", type::integer);
    of.is_array = true;
    of.parse = {{verb::version_major, ""}};
    bench tried(test::pipeline_of({of}));
    CHECK(tried.once(R"({"v":["1.2","3.4",null]})").row[0] == R"({"1","3",NULL})");
}
