#include "daemon/init/starter_columns.hpp"

#include "config/rules.hpp"
#include "transform/columns/column_plan.hpp"
#include "transform/json/reader.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>
#include <variant>
#include <vector>

using namespace sluice::daemon;
using sluice::config::mask_kind;

namespace {

using texts = std::vector<std::string>;

void add(const std::string& record, sample_shape& to)
{
    const std::string padded = record + std::string(sluice::json::padding_bytes, '\0');
    to.add(std::string_view(padded).substr(0, record.size()));
}

starter_columns chosen(const texts& records)
{
    sample_shape shape;
    for (const std::string& each : records)
        add(each, shape);
    CHECK(shape.samples() == records.size());
    return choose_columns(shape);
}

// "NAME TYPE POINTER ...", with what else the column has.
std::string written(const starter_column& column)
{
    const auto& is = column.is;
    std::string out = fmt::format(
        "{} {}{} {}", is.name, sluice::transform::to_string(is.type), is.is_array ? "[]" : "",
        sluice::config::pointer_text(std::get<sluice::config::json_pointer>(is.from)));
    if (is.mask != mask_kind::none)
        out += is.mask == mask_kind::seal ? " seal" : " drop";
    if (!is.parse.empty())
        out +=
            is.parse.front().verb == sluice::config::parse_verb::epoch_s ? " epoch_s" : " epoch_ms";
    if (is.max_length)
        out += fmt::format(" {}", *is.max_length);
    return out + (is.required ? " required" : "");
}

texts columns_of(const texts& records)
{
    texts out;
    for (const starter_column& each : chosen(records).columns)
        out.push_back(written(each));
    return out;
}

// The column of the field `x` with these values.
std::string column_of(std::initializer_list<const char*> values)
{
    texts records;
    for (const char* const each : values)
        records.push_back(fmt::format(R"({{"x":{}}})", each));
    const texts columns = columns_of(records);
    REQUIRE(columns.size() == 1);
    return columns.front();
}

texts repeated(const std::string& record, std::size_t count = samples_that_tell)
{
    return texts(count, record);
}

} // namespace

TEST_CASE("starter columns: the narrowest type that all values fit")
{
    CHECK(column_of({"true", "false", "null"}) == "x boolean /x");
    CHECK(column_of({"1", "-7", "2.0"}) == "x integer /x");
    CHECK(column_of({"1", "1000001"}) == "x bigint /x"); // room to grow
    CHECK(column_of({"9223372036854775807"}) == "x bigint /x");
    CHECK(column_of({"9223372036854775808"}) == "x numeric /x");
    CHECK(column_of({"1", "0.5"}) == "x numeric /x");
    CHECK(column_of({"\"00000000-0000-4000-8000-00000000000a\""}) == "x uuid /x");
    CHECK(column_of({"\"2025-11-20\""}) == "x date /x");
    CHECK(column_of({"\"2025-11-20T12:00:00Z\"", "\"2025-11-20 12:00:00.5+02:00\""}) ==
          "x timestamptz /x");
    CHECK(column_of({"\"2025-11-20T12:00:00\""}) == "x timestamp /x");
    CHECK(column_of({"\"2025-11-20T12:00:00\"", "\"2025-11-20T12:00:00Z\""}) == "x text /x");
    CHECK(column_of({"\"2025-13-20\""}) == "x text /x");
    CHECK(column_of({"\"\"", "\"2025-11-20\""}) == "x text /x");
    CHECK(column_of({"\"12.50\""}) == "x text /x");
    CHECK(column_of({"\"a\\u00e9\\n\""}) == "x text /x");
}

TEST_CASE("starter columns: what has no type in common is kept as JSON")
{
    CHECK(column_of({"1", "\"1\""}) == "x jsonb /x");
    CHECK(column_of({"true", "1"}) == "x jsonb /x");
    CHECK(column_of({"[1]", "1"}) == "x jsonb /x");
    CHECK(column_of({"{\"a\":1}", "1"}) == "x jsonb /x");
    CHECK(column_of({"{\"a\":1}", "[]"}) == "x jsonb /x");
    CHECK(column_of({"null"}) == "x jsonb /x");
    CHECK(column_of({"{}"}) == "x jsonb /x");
    CHECK(column_of({"[]"}) == "x jsonb /x");
}

TEST_CASE("starter columns: arrays of scalars of one type are arrays, others are kept as JSON")
{
    CHECK(column_of({"[\"a\",null]", "[]", "null"}) == "x text[] /x");
    CHECK(column_of({"[1]", "[2,3]"}) == "x integer[] /x");
    CHECK(column_of({"[1]", "[0.5]"}) == "x numeric[] /x");
    CHECK(column_of({"[1,\"a\"]"}) == "x jsonb /x");
    CHECK(column_of({"[[1]]"}) == "x jsonb /x");
    CHECK(column_of({"[{\"a\":1}]", "[]"}) == "x jsonb /x");
    CHECK(column_of({"[1,[2]]"}) == "x jsonb /x");
}

TEST_CASE("starter columns: fields of objects are columns, found by escaped pointers")
{
    CHECK(columns_of(
              {R"({"a":{"b":{"c":1}},"a~b/c":2,"":{"":true}})", R"({"a":{"b":null,"d":"x"}})"}) ==
          texts{"a_b_c integer /a/b/c", "a_d text /a/d", "a_b_c_2 integer /a~0b~1c",
                "field boolean //"});
}

TEST_CASE("starter columns: an object with names without end is a map")
{
    std::string record;
    for (std::size_t i = 0; i <= sample_shape::members_max; ++i)
        record += fmt::format("{}\"k{}\":{}", i == 0 ? "{" : ",", i, i);
    CHECK(columns_of({fmt::format(R"({{"x":{}}}}})", record)}) == texts{"x jsonb /x"});
    // One that is named like a value is one, too: the name must not stand in the file.
    CHECK(columns_of({R"({"x":{"a":1,"00000000-0000-4000-8000-00000000000a":{"b":1}}})"}) ==
          texts{"x jsonb /x"});
    CHECK(columns_of({R"({"x":{"a":1,"1234567":1}})"}) == texts{"x jsonb /x"});
    CHECK(columns_of({R"({"x":{"ann@example.com":1}})"}) == texts{"masked_x jsonb /x drop"});
}

TEST_CASE(
    "starter columns: no more columns than a table can bear, and none that is named like a value")
{
    std::string wide = "{\"1234567\":1";
    for (std::size_t i = 0; i < sample_shape::record_fields_max; ++i)
        wide += fmt::format(",\"f{}\":{}", i, i);
    sample_shape shape;
    add(wide + ",\"more\":1}", shape);
    CHECK(choose_columns(shape).columns.size() == starter_columns_max);
    CHECK(shape.left_fields_out());

    std::string deep = "{";
    for (std::size_t i = 0; i < 10; ++i) {
        deep += fmt::format("{}\"o{}\":{{\"a\":0", i == 0 ? "" : ",", i);
        for (std::size_t k = 0; k < 50; ++k)
            deep += fmt::format(",\"f{}\":{}", k, k);
        deep += "}";
    }
    const starter_columns made = chosen({deep + "}"});
    CHECK(made.columns.size() == starter_columns_max);
    CHECK(made.left_fields_out);
    CHECK_FALSE(chosen({R"({"a":1})"}).left_fields_out);
}

TEST_CASE("starter columns: what looks personal by its name is masked")
{
    CHECK(columns_of(
              {R"({"email":"x","phone":4930,"first_name":null,"device_id":"d","emails":["a"],)"
               R"("email_verified":true,"address":{"city":"c","flat":7},"event_name":"e"})"}) ==
          texts{"masked_email text /email seal", "masked_phone integer /phone drop",
                "masked_first_name text /first_name seal", "masked_device_id text /device_id seal",
                "masked_emails text[] /emails drop", "email_verified boolean /email_verified",
                "masked_address_city text /address/city seal",
                "masked_address_flat integer /address/flat drop", "event_name text /event_name"});
}

TEST_CASE("starter columns: what looks personal by a value is masked, were it one of many")
{
    for (const char* const value :
         {"10.1.2.3", "2001:db8::1", "ann@example.com", "Ann <ann@example.com>", "+49 30 1234567",
          "(212) 555-0100", "212-555-0100", "030 1234567", "593-47-5928", "4111 1111 1111 1111",
          "00:1b:44:11:3a:b7", "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln"}) {
        INFO(value);
        CHECK(columns_of({R"({"x":"a"})", fmt::format(R"({{"x":"{}"}})", value)}) ==
              texts{"masked_x text /x seal"});
        CHECK(columns_of({fmt::format(R"({{"x":[{{"a":"{}"}}]}})", value)}) ==
              texts{"masked_x jsonb /x drop"});
    }
    for (const char* const value : {"2025-11-20", "2.3.0", "12:30", "a@b", "1234567", "10.2",
                                    "@ann", "00000000-0000-4000-8000-00000000000a", "4930-12"}) {
        INFO(value);
        CHECK(columns_of({fmt::format(R"({{"x":"{}"}})", value)}).front().starts_with("x "));
    }
    CHECK(columns_of({R"({"app_version":"2.3.0.1"})"}) == texts{"app_version text /app_version"});
}

TEST_CASE("starter columns: a number is a time where name and size say so, else that is a hint")
{
    CHECK(columns_of({R"({"created_at":1700000000,"ts":1700000000123})"}) ==
          texts{"created_at timestamptz /created_at epoch_s", "ts timestamptz /ts epoch_ms"});
    CHECK(columns_of({R"({"created_at":1700000000})", R"({"created_at":5})"}) ==
          texts{"created_at bigint /created_at"});
    CHECK(columns_of({R"({"created_at":1700000000.5})"}) ==
          texts{"created_at numeric /created_at"});
    const starter_columns hinted = chosen({R"({"serial":1700000000})"});
    CHECK(written(hinted.columns[0]) == "serial bigint /serial");
    CHECK(hinted.columns[0].notes ==
          texts{"If it is a time: { type: timestamptz, parse: epoch_s }."});
    CHECK(chosen({R"({"app_version":"2.3.0"})"}).columns[0].notes.size() == 1);
    CHECK(chosen({R"({"app_version":"latest"})"}).columns[0].notes.empty());
}

TEST_CASE("starter columns: the first identity that is never missing is required")
{
    const std::string record = R"({"kind":"a","user_id":1,"event_id":2,"o":{"id":3}})";
    CHECK(columns_of(repeated(record)) == texts{"kind text /kind 256",
                                                "user_id bigint /user_id required",
                                                "event_id bigint /event_id", "o_id bigint /o/id"});
    CHECK(chosen(repeated(record)).always_there == texts{"kind", "event_id"});

    texts once_null = repeated(record);
    once_null.push_back(R"({"kind":"a","user_id":null})");
    CHECK(columns_of(once_null)[1] == "user_id bigint /user_id");
    CHECK(chosen(once_null).always_there == texts{"kind"});

    // Too few to tell.
    CHECK(columns_of(repeated(record, samples_that_tell - 1))[1] == "user_id bigint /user_id");
    CHECK(chosen(repeated(record, samples_that_tell - 1)).always_there.empty());
}

TEST_CASE("starter columns: only short words are bounded, and only where there were many")
{
    CHECK(columns_of(repeated(R"({"x":"ios"})")) == texts{"x text /x 256"});
    CHECK(columns_of(repeated(R"({"x":"ios"})", samples_that_tell - 1)) == texts{"x text /x"});
    texts one_sentence = repeated(R"({"x":"ios"})");
    one_sentence.push_back(R"({"x":"not a word"})");
    CHECK(columns_of(one_sentence) == texts{"x text /x"});
    CHECK(columns_of(repeated(R"({"email":"ios"})")) == texts{"masked_email text /email seal"});
}

TEST_CASE("starter columns: a field that few samples have says so")
{
    texts records = repeated(R"({"x":1})", 40);
    records.push_back(R"({"y":1})");
    const starter_columns made = chosen(records);
    CHECK(made.columns[0].notes.empty());
    CHECK(made.columns[1].notes == texts{"In few samples only: of messages of another kind?"});
}
