#include "sample_pipeline.hpp"
#include "transform/columns/checks.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>

namespace {

using namespace sluice;
using test::bench;
using type = config::column_type;

// A column with checks; what it makes of JSON values.
class checked
{
public:
    checked(type what, const std::function<void(config::column&)>& with)
        : bench_(test::pipeline_of({made(what, with)}))
    {}

    std::string operator()(std::string_view json)
    {
        return whole("{\"v\":" + std::string(json) + "}");
    }
    std::string whole(std::string_view body)
    {
        const auto became = bench_.once(body);
        if (!became.letter.empty())
            return became.letter.substr(0, became.letter.find("; byte offset"));
        return became.row[0].value_or("null");
    }

private:
    static config::column made(type what, const std::function<void(config::column&)>& with)
    {
        config::column out = test::column("v", what);
        with(out);
        return out;
    }

    bench bench_;
};

} // namespace

TEST_CASE("checks: required refuses null and nothing")
{
    checked column(type::text, [](auto& of) { of.required = true; });
    CHECK(column(R"("")").empty());
    CHECK(column("null") == "missing v: is null");
    CHECK(column.whole("{}") == "missing v: is not there");
}

TEST_CASE("checks: a default fills what is missing; null is null")
{
    checked column(type::integer, [](auto& of) { of.fallback = {false, "7"}; });
    CHECK(column.whole("{}") == "7");
    CHECK(column("null") == "null");
    CHECK(column("8") == "8");
    checked nothing(type::integer, [](auto& of) { of.fallback = {true, ""}; });
    CHECK(nothing.whole("{}") == "null");
}

TEST_CASE("checks: a default of any type is a value of that type")
{
    struct sample
    {
        type what;
        const char* text;
        const char* shown;
    };
    const auto [what, text, shown] =
        GENERATE(sample{type::text, "a \"b\" \\c", "a \"b\" \\c"}, sample{type::text, "", ""},
                 sample{type::numeric, "1.50", "1.50"}, sample{type::boolean, "true", "true"},
                 sample{type::double_precision, "0.5", "0.5"},
                 sample{type::date, "2025-11-20", "2025-11-20"},
                 sample{type::timestamptz, "2025-11-20T12:00:00Z", "2025-11-20 12:00:00+00"},
                 sample{type::inet, "10.0.0.1", "10.0.0.1"}, sample{type::bytea, "\\x01", "\\x01"},
                 sample{type::jsonb, R"({"a": [1]})", R"({"a": [1]})"},
                 sample{type::jsonb, "\"t\"", "\"t\""});
    CAPTURE(text);
    checked column(what, [text](auto& of) { of.fallback = {false, text}; });
    CHECK(column.whole("{}") == shown);
}

TEST_CASE("checks: a default of an array is a JSON array")
{
    checked column(type::integer, [](auto& of) {
        of.is_array = true;
        of.fallback = {false, "[1, 2, null]"};
    });
    CHECK(column.whole("{}") == R"({"1","2",NULL})");
    checked empty(type::text, [](auto& of) {
        of.is_array = true;
        of.fallback = {false, "[]"};
    });
    CHECK(empty.whole("{}") == "{}");
}

TEST_CASE("checks: a default does not go through parse")
{
    checked column(type::integer, [](auto& of) {
        of.parse = {{config::parse_verb::version_major, ""}};
        of.fallback = {false, "0"};
    });
    CHECK(column.whole("{}") == "0");
    CHECK(column(R"("3.1")") == "3");
}

TEST_CASE("checks: max_length counts characters, not bytes")
{
    checked column(type::text, [](auto& of) { of.max_length = 3; });
    CHECK(column(R"("abc")") == "abc");
    CHECK(column(R"("\u00e9\u20ac\ud83d\ude00")") == "\u00e9\u20ac\U0001f600");
    CHECK(column(R"("abcd")") == "too_long v: max_length 3, got 4");
    CHECK(column(R"("\u00e9\u00e9\u00e9\u00e9")") == "too_long v: max_length 3, got 4");
    CHECK(column("\"\u20ac\u20ac\u20ac\u20ac\"") == "too_long v: max_length 3, got 4");
}

TEST_CASE("checks: max_length bounds each text of an array")
{
    checked column(type::text, [](auto& of) {
        of.is_array = true;
        of.max_length = 2;
    });
    CHECK(column(R"(["ab","cd","ef"])") == R"({"ab","cd","ef"})");
    CHECK(column(R"(["ab","cde"])") == "too_long v: max_length 2, got 3");
}

TEST_CASE("checks: min and max belong to the range, as values of the type")
{
    struct sample
    {
        type what;
        const char* min;
        const char* max;
        const char* below;
        const char* least;
        const char* most;
        const char* above;
    };
    const auto [what, min, max, below, least, most, above] =
        GENERATE(sample{type::integer, "-3", "10", "-4", "-3", "10", "11"},
                 sample{type::bigint, "5000000000", "5000000001", "4999999999", "5000000000",
                        "5000000001", "5000000002"},
                 sample{type::numeric, "0.10", "99.999", "0.099999", "0.1", "99.9990", "100"},
                 sample{type::double_precision, "-0.5", "0.5", "-0.51", "-0.5", "0.5", "0.51"},
                 sample{type::date, "2020-01-01", "2020-12-31", R"("2019-12-31")",
                        R"("2020-01-01")", R"("2020-12-31")", R"("2021-01-01")"},
                 sample{type::timestamptz, "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z",
                        R"("2020-01-01T00:59:59+01:00")", R"("2020-01-01T01:00:00+01:00")",
                        R"("2020-01-02T00:00:00Z")", R"("2020-01-02T00:00:00.000001Z")"});
    CAPTURE(min, max);
    checked column(what, [&, low = min, high = max](auto& of) {
        of.min = low;
        of.max = high;
    });
    CHECK(column(below) == "out_of_range v: less than min");
    CHECK(column(least).find("v:") == std::string::npos);
    CHECK(column(most).find("v:") == std::string::npos);
    CHECK(column(above) == "out_of_range v: more than max");
}

TEST_CASE("checks: one_of compares values, not their spelling, but for text")
{
    checked text(type::text, [](auto& of) { of.one_of = {"android", "ios"}; });
    CHECK(text(R"("\u0069os")") == "ios");
    CHECK(text(R"("iOS")") == "not_one_of v: not one of the values of one_of");
    CHECK(text("null") == "null");
    checked number(type::numeric, [](auto& of) { of.one_of = {"1", "2.50"}; });
    CHECK(number("1.00") == "1.00");
    CHECK(number("2.5") == "2.5");
    CHECK(number("2.51").starts_with("not_one_of"));
    checked date(type::date, [](auto& of) { of.one_of = {"2025-11-20"}; });
    CHECK(date(R"("2025-11-20")") == "2025-11-20");
    CHECK(date(R"("2025-11-21")").starts_with("not_one_of"));
    checked address(type::inet, [](auto& of) { of.one_of = {"::1", "10.0.0.0/8"}; });
    CHECK(address(R"("0:0::1")") == "::1");
    CHECK(address(R"("10.0.0.0")").starts_with("not_one_of"));
    CHECK(address(R"("10.0.0.0/8")") == "10.0.0.0/8");
}

TEST_CASE("checks: matches means the whole text, in linear time")
{
    checked column(type::text, [](auto& of) { of.matches = "[a-z]+(-[0-9]+)?"; });
    CHECK(column(R"("abc-12")") == "abc-12");
    CHECK(column(R"("abc-12x")") == "no_match v: does not match matches");
    CHECK(column(R"("xabc-")").starts_with("no_match"));
    CHECK(column(R"("")").starts_with("no_match"));
    checked slow(type::text, [](auto& of) { of.matches = "(a*)*b"; });
    CHECK(slow("\"" + std::string(100000, 'a') + "\"").starts_with("no_match"));
}

TEST_CASE("checks: checks come after parse")
{
    checked column(type::text, [](auto& of) {
        of.parse = {{config::parse_verb::trim, ""}, {config::parse_verb::lower, ""}};
        of.max_length = 3;
        of.one_of = {"abc"};
    });
    CHECK(column(R"("  ABC  ")") == "abc");
    CHECK(column(R"("  ABCD ")") == "too_long v: max_length 3, got 4");
}

TEST_CASE("checks: characters are counted as PostgreSQL counts them")
{
    using transform::count_characters;
    CHECK(count_characters("") == 0);
    CHECK(count_characters("abc") == 3);
    CHECK(count_characters("\u00e9\u20ac\U0001f600") == 3);
    CHECK(count_characters("e\u0301") == 2);
}
