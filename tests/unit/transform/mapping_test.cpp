#include "sample_pipeline.hpp"
#include "transform/mapping.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <functional>
#include <string>

namespace {

using namespace sluice;
using config::mask_kind;
using config::metadata;
using test::column;
using test::errors_of;
using test::metadata_column;
using test::pipeline_of;
using type = config::column_type;
using verb = config::parse_verb;

using change = std::function<void(config::column&)>;

// The errors of a mapping of one column.
std::vector<std::string> wrong(type what, const change& with)
{
    config::column of = column("c", what);
    with(of);
    return errors_of(pipeline_of({of}));
}

void check_error(const std::vector<std::string>& errors, const std::string& expected)
{
    CAPTURE(errors, expected);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].starts_with("c " + expected));
    CHECK(errors[0].find("; ") != std::string::npos); // what to do
}

transform::column_plan plan_of(type what, const change& with = [](auto&) {})
{
    config::column of = column("c", what);
    with(of);
    std::vector<transform::mapping_error> errors;
    transform::pointer_set pointers;
    auto plan = transform::compile_column(of, "public.t", pointers, errors);
    CHECK(errors.empty());
    return plan;
}

} // namespace

TEST_CASE("mapping: the sample is compiled, with the SQL of its table")
{
    const auto made = test::compiled(test::user_logins());
    std::string table;
    for (const auto& each : made->columns())
        table += fmt::format("{} {}|{}|{}\n", each.name, each.sql_column_type(),
                             each.sql_element_type(), each.sql_cast());
    CHECK(table == "user_id varchar(128)|text|\n"
                   "device_type varchar(32)|text|\n"
                   "masked_ip varchar(256)|text|\n"
                   "masked_device_id varchar(256)|text|\n"
                   "locale varchar(32)|text|\n"
                   "app_version integer|int4|\n"
                   "create_date date|date|\n");
    CHECK(made->needs_keyring());
    CHECK(made->masks());
    CHECK(made->columns()[2].mask.domain == "public.user_logins.masked_ip");
    CHECK(made->column_name(0) == "user_id");
    CHECK(made->column_name(-1).empty());
}

TEST_CASE("mapping: every type has its SQL names, alone and as an array")
{
    struct sample
    {
        type what;
        const char* column;
        const char* element;
    };
    const sample samples[] = {
        {type::text, "text", "text"},
        {type::integer, "integer", "int4"},
        {type::bigint, "bigint", "int8"},
        {type::numeric, "numeric", "numeric"},
        {type::double_precision, "double precision", "float8"},
        {type::boolean, "boolean", "bool"},
        {type::date, "date", "date"},
        {type::timestamp, "timestamp", "timestamp"},
        {type::timestamptz, "timestamptz", "timestamptz"},
        {type::uuid, "uuid", "uuid"},
        {type::inet, "inet", "inet"},
        {type::bytea, "bytea", "bytea"},
    };
    for (const sample& each : samples) {
        const auto single = plan_of(each.what);
        CHECK(single.sql_column_type() == each.column);
        CHECK(single.sql_element_type() == each.element);
        CHECK(single.sql_cast().empty());
        const auto array = plan_of(each.what, [](auto& of) { of.is_array = true; });
        CHECK(array.sql_column_type() == std::string(each.column) + "[]");
        CHECK(array.sql_element_type() == "text");
        CHECK(array.sql_cast() == std::string(each.element) + "[]");
    }
    CHECK(plan_of(type::jsonb).sql_column_type() == "jsonb");
    CHECK(plan_of(type::jsonb).sql_element_type() == "jsonb");
}

TEST_CASE("mapping: a length makes varchar, as long as PostgreSQL has one of that length")
{
    const auto with_length = [](std::size_t length) {
        return plan_of(type::text, [length](auto& of) { of.max_length = length; });
    };
    CHECK(with_length(12).sql_column_type() == "varchar(12)");
    CHECK(with_length(10485760).sql_column_type() == "varchar(10485760)");
    CHECK(with_length(10485761).sql_column_type() == "text");
    CHECK(plan_of(type::text, [](auto& of) {
              of.is_array = true;
              of.max_length = 5;
          }).sql_column_type() == "varchar(5)[]");
}

TEST_CASE("mapping: a masked column is text, unless the mask leaves the type")
{
    const auto masked = [](type what, mask_kind how) {
        return plan_of(what, [how](auto& of) { of.mask = how; });
    };
    CHECK(masked(type::inet, mask_kind::seal).sql_column_type() == "text");
    CHECK(masked(type::inet, mask_kind::seal).sql_element_type() == "text");
    CHECK(masked(type::inet, mask_kind::token).sql_column_type() == "text");
    CHECK(masked(type::integer, mask_kind::redact).sql_column_type() == "text");
    CHECK(masked(type::inet, mask_kind::truncate_ip).sql_column_type() == "inet");
    CHECK(masked(type::inet, mask_kind::truncate_ip).sql_element_type() == "inet");
    CHECK(masked(type::text, mask_kind::truncate_ip).sql_column_type() == "text");
    CHECK(masked(type::date, mask_kind::drop).sql_column_type() == "date");
    CHECK(plan_of(type::inet, [](auto& of) {
              of.mask = mask_kind::seal;
              of.max_length = 64;
          }).sql_column_type() == "varchar(64)");
}

TEST_CASE("mapping: a type that cannot be is refused")
{
    check_error(wrong(type::jsonb, [](auto& of) { of.is_array = true; }),
                "type: jsonb[] is no type");
}

TEST_CASE("mapping: a source that does not fit the type is refused")
{
    const auto from = [](type what, metadata which) {
        return errors_of(pipeline_of({metadata_column("c", what, which, "a")}));
    };
    check_error(wrong(type::text, [](auto& of) { of.from = config::json_pointer{}; }),
                "from: the whole body is an object");
    check_error(from(type::integer, metadata::message_id), "from: @message_id does not fit");
    check_error(from(type::text, metadata::sent_at), "from: @sent_at does not fit type text");
    check_error(from(type::bigint, metadata::received_at), "from: @received_at does not fit");
    check_error(from(type::text, metadata::receive_count), "from: @receive_count does not fit");
    check_error(from(type::uuid, metadata::group_id), "from: @group_id does not fit");
    check_error(from(type::bytea, metadata::body), "from: @body does not fit");
    check_error(from(type::jsonb, metadata::attribute), "from: a message attribute is no JSON");
    config::column list = metadata_column("c", type::text, metadata::group_id);
    list.is_array = true;
    check_error(errors_of(pipeline_of({list})), "from: @group_id is no array");
    for (const type what : {type::date, type::timestamp, type::timestamptz})
        CHECK(from(what, metadata::sent_at).empty());
    for (const type what : {type::text, type::uuid})
        CHECK(from(what, metadata::message_id).empty());
    for (const type what : {type::integer, type::bigint, type::numeric})
        CHECK(from(what, metadata::receive_count).empty());
    for (const type what : {type::text, type::jsonb})
        CHECK(from(what, metadata::body).empty());
}

TEST_CASE("mapping: verbs that make no sense are refused")
{
    const auto with = [](type what, std::vector<config::parse_step> steps) {
        return wrong(what, [&steps](auto& of) { of.parse = steps; });
    };
    check_error(with(type::text, {{verb::version_major, ""}}), "parse: a version becomes a whole");
    check_error(with(type::date, {{verb::version_packed, ""}}), "parse: a version becomes a whole");
    check_error(with(type::integer, {{verb::epoch_s, ""}}), "parse: epoch_s, epoch_ms and format");
    check_error(with(type::text, {{verb::format, "%F"}}), "parse: epoch_s, epoch_ms and format");
    check_error(with(type::jsonb, {{verb::trim, ""}}), "parse: jsonb is stored as it stands");
    check_error(with(type::date, {{verb::epoch_s, ""}, {verb::trim, ""}}),
                "parse: nothing can follow");
    check_error(with(type::date, {{verb::format, "%Y"}}),
                "parse: format `%Y`: names no whole date");
    check_error(with(type::date, {{verb::format, "%F %z"}}),
                "parse: format `%F %z`: a date would lose");
    check_error(with(type::timestamp, {{verb::format, "%FT%T%z"}}),
                "parse: format `%FT%T%z`: a timestamp would lose the zone");
    config::column sent = metadata_column("c", type::date, metadata::sent_at);
    sent.parse = {{verb::trim, ""}};
    check_error(errors_of(pipeline_of({sent})), "parse: the value comes from SQS");
}

TEST_CASE("mapping: checks that do not fit the type are refused")
{
    check_error(wrong(type::integer, [](auto& of) { of.max_length = 3; }), "max_length: only text");
    check_error(wrong(type::text, [](auto& of) { of.max_length = 0; }), "max_length: nothing fits");
    check_error(wrong(type::text, [](auto& of) { of.min = "1"; }), "min: text has no order");
    check_error(wrong(type::uuid, [](auto& of) { of.max = "1"; }), "max: uuid has no order");
    check_error(wrong(type::integer, [](auto& of) { of.min = "abc"; }),
                "min: `abc` is no integer (no number)");
    check_error(wrong(type::integer, [](auto& of) { of.max = "3000000000"; }),
                "max: `3000000000` is no integer (beyond the range of the type)");
    check_error(wrong(type::date, [](auto& of) { of.min = "2025-02-30"; }),
                "min: `2025-02-30` is no date (no such day)");
    check_error(wrong(type::numeric,
                      [](auto& of) {
                          of.min = "2";
                          of.max = "1.5";
                      }),
                "min: 2 is more than max, 1.5");
    check_error(wrong(type::jsonb, [](auto& of) { of.one_of = {"1"}; }), "one_of: jsonb is not");
    check_error(wrong(type::integer, [](auto& of) { of.one_of = {"1", "x"}; }),
                "one_of: `x` is no integer");
    check_error(wrong(type::integer, [](auto& of) { of.matches = "1"; }), "matches: only text");
    check_error(wrong(type::text, [](auto& of) { of.matches = "a("; }),
                "matches: `a(` is no regular expression (missing ):");
    check_error(wrong(type::text, [](auto& of) { of.matches = R"((a)\1)"; }),
                "matches: `(a)\\1` is no regular expression");
}

TEST_CASE("mapping: masks that do not fit the column are refused")
{
    const auto masked = [](type what, mask_kind how, bool array = false) {
        return wrong(what, [=](auto& of) {
            of.mask = how;
            of.is_array = array;
        });
    };
    check_error(masked(type::integer, mask_kind::seal),
                "mask: seal masks text and inet, not integer");
    check_error(masked(type::jsonb, mask_kind::token),
                "mask: token masks text and inet, not jsonb");
    check_error(masked(type::text, mask_kind::seal, true),
                "mask: seal masks text and inet, not text[]");
    check_error(masked(type::uuid, mask_kind::truncate_ip), "mask: truncate_ip takes addresses");
    check_error(masked(type::text, mask_kind::redact, true), "mask: redact masks single values");
    check_error(wrong(type::text, [](auto& of) { of.domain = "d"; }),
                "domain: only seal and token");
    check_error(wrong(type::text,
                      [](auto& of) {
                          of.mask = mask_kind::redact;
                          of.max_length = 9;
                      }),
                "max_length: redact stores 10 characters");
    check_error(wrong(type::text,
                      [](auto& of) {
                          of.mask = mask_kind::drop;
                          of.required = true;
                      }),
                "required: mask: drop stores null always");
    check_error(wrong(type::text,
                      [](auto& of) {
                          of.mask = mask_kind::drop;
                          of.fallback = {false, "x"};
                      }),
                "default: mask: drop stores null always");
}

TEST_CASE("mapping: a default that the column would refuse is refused")
{
    const auto with = [](
                          type what, const char* text, const change& more = [](auto&) {}) {
        return wrong(what, [&](auto& of) {
            of.fallback = {false, text};
            more(of);
        });
    };
    check_error(with(type::integer, "x"),
                "default: `x` does not fit the column (unparsable: no number)");
    check_error(with(type::integer, "2.5"), "default: `2.5` does not fit the column (wrong_type");
    check_error(with(type::boolean, "yes"), "default: `yes` does not fit");
    check_error(with(type::date, "2025-02-30"), "default: `2025-02-30` does not fit");
    check_error(with(type::jsonb, "{\"a\":"),
                "default: `{\"a\":` does not fit the column (unparsable: no JSON");
    check_error(with(type::jsonb, "1},{\"v\":2"), "default: `1},{\"v\":2` does not fit");
    check_error(with(type::jsonb, "[\"\\u0000\"]"), "default: `[\"\\u0000\"]` does not fit");
    check_error(with(type::text, "abc", [](auto& of) { of.max_length = 2; }),
                "default: `abc` does not fit the column (too_long: max_length 2, got 3)");
    check_error(with(type::text, "abc", [](auto& of) { of.one_of = {"x"}; }), "default: `abc`");
    check_error(with(type::integer, "5", [](auto& of) { of.max = "4"; }), "default: `5`");
    check_error(with(type::integer, "5", [](auto& of) { of.is_array = true; }),
                "default: `5` does not fit the column (wrong_type: no array)");
    check_error(with(type::integer, "[\"5\"]", [](auto& of) { of.is_array = true; }),
                "default: `[\"5\"]` does not fit");
    check_error(with(type::text, "x", [](auto& of) { of.required = true; }),
                "default: a required column never takes its default");
}

TEST_CASE("mapping: a column in clear beside a mask of the same value is refused")
{
    const auto beside = [](config::column clear) {
        config::column masked = column("masked", type::text, {"user", "ip"});
        masked.mask = mask_kind::seal;
        clear.name = "c";
        return errors_of(pipeline_of({masked, clear}));
    };
    const std::string told = "from: would store in clear what column masked masks";
    check_error(beside(column("c", type::text, {"user", "ip"})), told);
    check_error(beside(column("c", type::jsonb, {"user"})), told);
    check_error(beside(column("c", type::jsonb, {})), told);
    check_error(beside(metadata_column("c", type::text, metadata::body)), told);
    CHECK(beside(column("c", type::text, {"user", "name"})).empty());
    CHECK(beside(column("c", type::text, {"ip"})).empty());
    CHECK(beside(metadata_column("c", type::text, metadata::group_id)).empty());
    config::column both = column("c", type::text, {"user", "ip"});
    both.mask = mask_kind::truncate_ip;
    CHECK(beside(both).empty());
    config::column raw = metadata_column("c", type::text, metadata::body);
    raw.mask = mask_kind::seal;
    CHECK(beside(raw).empty());
}

TEST_CASE("mapping: attributes of different names do not leak into each other")
{
    config::column masked = metadata_column("m", type::text, metadata::attribute, "a");
    masked.mask = mask_kind::token;
    CHECK(
        errors_of(pipeline_of({masked, metadata_column("c", type::text, metadata::attribute, "b")}))
            .empty());
    check_error(errors_of(pipeline_of(
                    {masked, metadata_column("c", type::text, metadata::attribute, "a")})),
                "from: would store in clear");
}

TEST_CASE("mapping: all errors of all columns are told, with their lines")
{
    config::column first = column("a", type::integer);
    first.line = 7;
    first.min = "x";
    first.max = "y";
    config::column second = column("b", type::text);
    second.line = 9;
    second.matches = "(";
    const auto out = transform::mapping::compile(pipeline_of({first, second}));
    REQUIRE(out.errors.size() == 3);
    CHECK(out.made == nullptr);
    CHECK(out.errors[0].key == "min");
    CHECK(out.errors[1].key == "max");
    CHECK(out.errors[1].line == 7);
    CHECK(out.errors[2].column == "b");
    CHECK(out.errors[2].line == 9);
}

TEST_CASE("mapping: a domain is the column's own, unless it is given")
{
    config::pipeline one = test::user_logins();
    one.sink.schema = "people";
    one.record.columns[3].domain = "device";
    const auto made = test::compiled(one);
    CHECK(made->columns()[2].mask.domain == "people.user_logins.masked_ip");
    CHECK(made->columns()[3].mask.domain == "device");
}
