#include "sample_pipeline.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

namespace {

using namespace sluice;
using test::bench;
using test::column;
using type = config::column_type;
using verb = config::parse_verb;

// What a column of one type makes of one JSON value: its text, "null", or "reason: detail".
class one_column
{
public:
    explicit one_column(config::column of) : bench_(test::pipeline_of({std::move(of)})) {}

    std::string operator()(std::string_view json)
    {
        const auto became = bench_.once("{\"v\":" + std::string(json) + "}");
        if (!became.letter.empty())
            return became.letter.substr(0, became.letter.find("; byte offset"));
        return became.row[0].value_or("null");
    }

private:
    bench bench_;
};

config::column of_type(type what, bool is_array = false)
{
    config::column out = column("v", what);
    out.is_array = is_array;
    return out;
}

// The reason alone.
std::string reason_of(const std::string& became)
{
    return became.substr(0, became.find(' '));
}

} // namespace

TEST_CASE("convert: every type takes from every kind of JSON value what its table says")
{
    // One value a kind; for text one that suits the type.
    const std::map<std::string, std::string> others = {
        {"number", "12"}, {"boolean", "true"}, {"object", "{\"a\":1}"}, {"array", "[1]"}};
    struct row
    {
        type what;
        const char* text;       // in JSON
        const char* text_shown; // or a reason
        const char* number;
        const char* boolean;
        const char* object;
        const char* array;
    };
    const char* const no = "wrong_type";
    const row table[] = {
        {type::text, R"("ab")", "ab", no, no, no, no},
        {type::integer, R"("12")", no, "12", no, no, no},
        {type::bigint, R"("12")", no, "12", no, no, no},
        {type::numeric, R"("12")", no, "12", no, no, no},
        {type::double_precision, R"("12")", no, "12", no, no, no},
        {type::boolean, R"("true")", no, no, "true", no, no},
        {type::date, R"("2025-11-20")", "2025-11-20", no, no, no, no},
        {type::timestamp, R"("2025-11-20T12:00:00")", "2025-11-20 12:00:00", no, no, no, no},
        {type::timestamptz, R"("2025-11-20T12:00:00Z")", "2025-11-20 12:00:00+00", no, no, no, no},
        {type::uuid, R"("0f3c8a52-7d5e-4b1c-9a57-1c2d3e4f5a6b")",
         "0f3c8a52-7d5e-4b1c-9a57-1c2d3e4f5a6b", no, no, no, no},
        {type::inet, R"("10.0.0.1")", "10.0.0.1", no, no, no, no},
        {type::jsonb, R"("a\nb")", R"("a\nb")", "12", "true", "{\"a\":1}", "[1]"},
        {type::bytea, R"("AQI=")", "\\x0102", no, no, no, no},
    };
    for (const row& each : table) {
        CAPTURE(to_string(transform::reason::missing), static_cast<int>(each.what));
        one_column take(of_type(each.what));
        const auto check = [&take](std::string_view json, const char* expected) {
            CAPTURE(json);
            const std::string became = take(json);
            CHECK((became == expected || reason_of(became) == expected));
        };
        check(each.text, each.text_shown);
        check(others.at("number"), each.number);
        check(others.at("boolean"), each.boolean);
        check(others.at("object"), each.object);
        check(others.at("array"), each.array);
        check("null", "null");
    }
}

TEST_CASE("convert: with a verb, text is taken for what it says")
{
    struct sample
    {
        type what;
        const char* json;
        const char* became;
    };
    const auto [what, json, became] = GENERATE(
        sample{type::integer, R"(" 42 ")", "42"}, sample{type::bigint, R"("-7")", "-7"},
        sample{type::numeric, R"("12.50\n")", "12.50"}, sample{type::boolean, R"("true")", "true"},
        sample{type::double_precision, R"("1.5")", "1.5"}, sample{type::integer, "42", "42"},
        sample{type::boolean, "false", "false"}, sample{type::uuid, R"("x")", "unparsable"},
        sample{type::integer, R"("")", "unparsable"},
        sample{type::integer, R"("042")", "unparsable"},
        sample{type::integer, R"("+4")", "unparsable"},
        sample{type::integer, R"("0x10")", "unparsable"},
        sample{type::boolean, R"("yes")", "unparsable"},
        sample{type::boolean, R"("TRUE")", "unparsable"},
        sample{type::numeric, R"("NaN")", "unparsable"},
        sample{type::integer, "true", "wrong_type"},
        sample{type::integer, R"("4.5")", "wrong_type"});
    CAPTURE(json);
    config::column of = of_type(what);
    of.parse = {{verb::trim, ""}};
    const std::string got = one_column(of)(json);
    CHECK((got == became || reason_of(got) == became));
}

TEST_CASE("convert: whole numbers keep to the range of their type")
{
    one_column integer(of_type(type::integer));
    CHECK(integer("2147483647") == "2147483647");
    CHECK(integer("-2147483648") == "-2147483648");
    CHECK(integer("2.0") == "2");
    CHECK(integer("2.5e1") == "25");
    CHECK(reason_of(integer("2147483648")) == "out_of_range");
    CHECK(reason_of(integer("-2147483649")) == "out_of_range");
    CHECK(integer("2.5") == "wrong_type v: got a number with a fraction");
    one_column bigint(of_type(type::bigint));
    CHECK(bigint("9223372036854775807") == "9223372036854775807");
    CHECK(bigint("-9223372036854775808") == "-9223372036854775808");
    CHECK(reason_of(bigint("9223372036854775808")) == "out_of_range");
    CHECK(reason_of(bigint("1e30")) == "out_of_range");
}

TEST_CASE("convert: numeric is exact, and bounded in digits and exponent")
{
    one_column numeric(of_type(type::numeric));
    CHECK(numeric("0.1") == "0.1");
    CHECK(numeric("-12345678901234567890.123456789") == "-12345678901234567890.123456789");
    CHECK(numeric("1.10") == "1.10");
    CHECK(numeric("1e308").size() == 309);
    CHECK(numeric(std::string(400, '7')) == std::string(400, '7'));
    CHECK(numeric(std::string(401, '7')) == "too_long v: a number of 401 digits, 400 at most");
    CHECK(numeric("1e309") == "out_of_range v: an exponent beyond 308");
    CHECK(numeric("1e-309") == "out_of_range v: an exponent beyond 308");
    CHECK(numeric("1e99999999999999999999") == "out_of_range v: an exponent beyond 308");
}

TEST_CASE("convert: double takes what it can hold, and neither infinity nor a zero that was none")
{
    one_column real(of_type(type::double_precision));
    CHECK(real("0.1") == "0.1");
    CHECK(real("1e308") == "1e+308");
    CHECK(real("-0.0") == "-0");
    CHECK(real("4.9e-324") == "5e-324");
    CHECK(real("0e-999") == "0");
    CHECK(reason_of(real("1e309")) == "out_of_range");
    CHECK(reason_of(real("-1e400")) == "out_of_range");
    CHECK(reason_of(real("1e-400")) == "out_of_range");
}

TEST_CASE("convert: text is stored as the bytes that its escapes mean, or not at all")
{
    one_column text(of_type(type::text));
    CHECK(text(R"("")").empty());
    CHECK(text(R"("a\u00e9\ud83d\ude00\/\t\"")") == "a\u00e9\U0001f600/\t\"");
    CHECK(text("\"\xc3\xa9\"") == "\u00e9");
    CHECK(text(R"("a\u0000b")") == "invalid_text v: holds a NUL");
    CHECK(text(R"("\ud800")") == "invalid_text v: holds half of a surrogate pair");
    CHECK(text(R"("\udc00\ud800")") == "invalid_text v: holds half of a surrogate pair");
}

TEST_CASE("convert: times with and without a zone do not mix")
{
    one_column plain(of_type(type::timestamp));
    CHECK(plain(R"("2025-11-20T12:00:00Z")") ==
          "unparsable v: a time with a zone, which the column would lose");
    one_column zoned(of_type(type::timestamptz));
    CHECK(zoned(R"("2025-11-20T12:00:00")") ==
          "unparsable v: a time without a zone; Z or +HH:MM is missing");
    CHECK(zoned(R"("2025-11-20T12:00:00+02:00")") == "2025-11-20 10:00:00+00");
}

TEST_CASE("convert: bytea is base64, or hex behind its mark, and strict in both")
{
    one_column bytes(of_type(type::bytea));
    CHECK(bytes(R"("")") == "\\x");
    CHECK(bytes(R"("AAEC/w==")") == "\\x000102ff");
    CHECK(bytes(R"("\\x00FFa0")") == "\\x00ffa0");
    CHECK(bytes(R"("\\x")") == "\\x");
    for (const char* const wrong : {R"("A")", R"("AAE")", R"("AAEC/w=")", R"("AAE_")", R"("AA EC")",
                                    R"("AAEC/x==")", R"("\\x0")", R"("\\x0g")", R"("\\X00")"}) {
        CAPTURE(wrong);
        CHECK(reason_of(bytes(wrong)) == "unparsable");
    }
}

TEST_CASE("convert: jsonb goes as it stood, unless it holds what jsonb refuses")
{
    one_column json(of_type(type::jsonb));
    CHECK(json(R"({ "a" : [1, 2.50, "\u00e9"] })") == R"({ "a" : [1, 2.50, "\u00e9"] })");
    CHECK(json(R"("text")") == R"("text")");
    CHECK(json("false") == "false");
    CHECK(json("[]") == "[]");
    CHECK(reason_of(json(R"({"a":"\u0000"})")) == "invalid_text");
    CHECK(reason_of(json(R"({"\ud800":1})")) == "invalid_text");
    CHECK(reason_of(json(R"("\u0000")")) == "invalid_text");
    CHECK(reason_of(json(R"([1e309])")) == "out_of_range");
    CHECK(reason_of(json("1e-999")) == "out_of_range");
    CHECK(reason_of(json("[" + std::string(401, '1') + "]")) == "too_long");
}

TEST_CASE("convert: an array is sent as the literal that PostgreSQL reads")
{
    CHECK(one_column(of_type(type::text, true))(
              R"(["a","b\"c\\d","",null,"NULL","{x,y}","\u00e9"])") ==
          R"({"a","b\"c\\d","",NULL,"NULL","{x,y}",)"
          "\"\u00e9\"}");
    CHECK(one_column(of_type(type::integer, true))("[1,-2,3.0,null]") == R"({"1","-2","3",NULL})");
    CHECK(one_column(of_type(type::boolean, true))("[true,false]") == R"({"true","false"})");
    CHECK(one_column(of_type(type::numeric, true))("[1.50,1e3]") == R"({"1.50","1000"})");
    CHECK(one_column(of_type(type::double_precision, true))("[0.1,1e300]") ==
          R"({"0.1","1e+300"})");
    CHECK(one_column(of_type(type::date, true))(R"(["2025-11-20"])") == R"({"2025-11-20"})");
    CHECK(one_column(of_type(type::timestamptz, true))(R"(["2025-11-20T12:00:00.5Z"])") ==
          R"({"2025-11-20 12:00:00.5+00"})");
    CHECK(one_column(of_type(type::inet, true))(R"(["10.0.0.0/8"])") == R"({"10.0.0.0/8"})");
    CHECK(one_column(of_type(type::bytea, true))(R"(["AQI="])") == R"({"\\x0102"})");
    CHECK(one_column(of_type(type::uuid, true))(R"(["0F3C8A52-7D5E-4B1C-9A57-1C2D3E4F5A6B"])") ==
          R"({"0f3c8a52-7d5e-4b1c-9a57-1c2d3e4f5a6b"})");
    CHECK(one_column(of_type(type::text, true))("[]") == "{}");
    CHECK(one_column(of_type(type::text, true))("null") == "null");
}

TEST_CASE("convert: an array takes only arrays, and every element must suit")
{
    one_column numbers(of_type(type::integer, true));
    CHECK(numbers("1") == "wrong_type v: got no array");
    CHECK(numbers(R"("{1}")") == "wrong_type v: got no array");
    CHECK(numbers(R"({"0":1})") == "wrong_type v: got no array");
    CHECK(numbers("[1,[2]]") == "wrong_type v: got an array");
    CHECK(numbers("[1,{}]") == "wrong_type v: got an object");
    CHECK(numbers(R"([1,"2"])") == "wrong_type v: got text");
    CHECK(reason_of(numbers("[1,9999999999]")) == "out_of_range");
    CHECK(reason_of(one_column(of_type(type::text, true))(R"(["a","\u0000"])")) == "invalid_text");
}

TEST_CASE("convert: a refusal names the column, the rule and the offset")
{
    bench tried(test::pipeline_of({of_type(type::integer)}));
    CHECK(tried.once(R"({"a":1, "v" : "x"})").letter == "wrong_type v: got text; byte offset 14");
    CHECK(tried.once(R"({"a":1,"v":{}})").letter == "wrong_type v: got an object; byte offset 11");
}
