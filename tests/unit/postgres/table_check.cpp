#include "sink/postgres/table_check.hpp"

#include <catch2/catch.hpp>

using namespace sluice::postgres;

namespace {

target_table one_column(std::string type = "varchar(10)", bool required = false)
{
    return {"public", "t", {{"name", "text", "", std::move(type), required, 7}}};
}

catalog_column there(std::string name)
{
    catalog_column column;
    column.name = std::move(name);
    column.type = "text";
    return column;
}

} // namespace

TEST_CASE("table_check: a table that fits has no findings, extra nullable columns included")
{
    CHECK(compare(one_column(), {there("name"), there("more")}).empty());
}

TEST_CASE("table_check: a missing column is fatal and names the line of the configuration")
{
    const auto findings = compare(one_column(), {there("nam")});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].fatal);
    CHECK(findings[0].line == 7);
    CHECK_THAT(findings[0].text, Catch::Contains(R"(has no column "name")"));
}

TEST_CASE("table_check: a NOT NULL column that nothing fills is fatal, with a default it is not")
{
    catalog_column strict = there("id");
    strict.not_null = true;
    CHECK(compare(one_column(), {there("name"), strict}).at(0).fatal);
    strict.has_default = true;
    CHECK(compare(one_column(), {there("name"), strict}).empty());
}

TEST_CASE("table_check: a NOT NULL column should be required in the configuration")
{
    catalog_column strict = there("name");
    strict.not_null = true;
    const auto findings = compare(one_column(), {strict});
    REQUIRE(findings.size() == 1);
    CHECK_FALSE(findings[0].fatal);
    CHECK(compare(one_column("text", true), {strict}).empty());
}

TEST_CASE("table_check: a column narrower than the configuration promises is told")
{
    catalog_column narrow = there("name");
    narrow.type = "character varying(8)";
    narrow.length = 8;
    CHECK_THAT(compare(one_column("varchar(10)"), {narrow}).at(0).text,
               Catch::Contains("max_length: 8"));
    CHECK_THAT(compare(one_column("text"), {narrow}).at(0).text, Catch::Contains("max_length: 8"));
    CHECK(compare(one_column("varchar(8)"), {narrow}).empty());
}

TEST_CASE("table_check: a column that the table generates cannot be filled")
{
    catalog_column generated = there("name");
    generated.writable = false;
    CHECK(compare(one_column(), {generated}).at(0).fatal);
}
