#include "daemon/element_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using sluice::config::column_type;
using sluice::daemon::element_text;
using sluice::transform::column_plan;

namespace {

std::string shown(column_type type, std::string_view bytes)
{
    column_plan plan;
    plan.type = type;
    return element_text(plan, bytes);
}

std::string bytes(std::initializer_list<int> from)
{
    std::string out;
    for (const int each : from)
        out.push_back(static_cast<char>(each));
    return out;
}

} // namespace

// The binary forms are those of PostgreSQL 15 (COPY ... WITH BINARY), the texts what psql shows.
TEST_CASE("element text: each type is shown as psql shows it")
{
    CHECK(shown(column_type::text, "größe") == "größe");
    CHECK(shown(column_type::integer, bytes({0, 0, 0, 42})) == "42");
    CHECK(shown(column_type::integer, bytes({255, 255, 255, 254})) == "-2");
    CHECK(shown(column_type::integer, bytes({128, 0, 0, 0})) == "-2147483648");
    CHECK(shown(column_type::bigint, bytes({127, 255, 255, 255, 255, 255, 255, 255})) ==
          "9223372036854775807");
    CHECK(shown(column_type::bigint, bytes({128, 0, 0, 0, 0, 0, 0, 0})) == "-9223372036854775808");
    CHECK(shown(column_type::boolean, bytes({1})) == "true");
    CHECK(shown(column_type::boolean, bytes({0})) == "false");
    CHECK(shown(column_type::double_precision, bytes({63, 185, 153, 153, 153, 153, 153, 154})) ==
          "0.1");
    CHECK(shown(column_type::date, bytes({0, 0, 0, 0})) == "2000-01-01");
    CHECK(shown(column_type::date, bytes({255, 255, 255, 255})) == "1999-12-31");
    CHECK(shown(column_type::timestamp, bytes({0, 0, 0, 0, 0, 15, 66, 64})) ==
          "2000-01-01 00:00:01");
    CHECK(shown(column_type::numeric, bytes({0, 2, 0, 0, 64, 0, 0, 2, 0, 12, 13, 72})) == "-12.34");
    CHECK(shown(column_type::uuid, bytes({0x42, 0x4c, 0xdd, 0x21, 0x06, 0x3a, 0x43, 0xa7, 0xb9,
                                          0x1b, 0x7c, 0xa1, 0xa8, 0x33, 0xaf, 0xae})) ==
          "424cdd21-063a-43a7-b91b-7ca1a833afae");
    CHECK(shown(column_type::inet, bytes({2, 32, 0, 4, 192, 0, 2, 1})) == "192.0.2.1");
    CHECK(shown(column_type::jsonb, "\x01{\"a\":1}") == "{\"a\":1}");
    CHECK(shown(column_type::bytea, bytes({0, 255})) == "\\x00ff");
}

TEST_CASE("element text: bytes that are no value of the type are not read as one")
{
    CHECK(shown(column_type::numeric, "x") == "no number");
    CHECK(shown(column_type::inet, "x") == "no address");
}
