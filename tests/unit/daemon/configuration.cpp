// What the columns' compiler finds is told like everything else that is wrong with a file.
#include "daemon/configuration.hpp"

#include "unit/config/files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

std::vector<std::string> told(const std::string& text, references how = references::leave)
{
    const temporary_folder folder;
    return lines(sluice::daemon::load_configuration(folder.write("f.yaml", text), how));
}

std::string with_user(const std::string& column)
{
    return replaced(good_text(), "{ type: text, from: /user_id, required: true }", column);
}

} // namespace

TEST_CASE("configuration: a mistake of a column is told at the line of its key")
{
    const auto bad_pattern = told(with_user("\n          type: text\n          from: /user_id\n"
                                            "          matches: '('"));
    REQUIRE(bad_pattern.size() == 1);
    CHECK(
        bad_pattern[0].starts_with("f.yaml:15: pipelines.logins.record.columns.user_id.matches: "));
    CHECK(bad_pattern[0].ends_with("; see the syntax of RE2"));

    const auto bad_bound = told(with_user("{ type: integer, from: /user_id, min: few }"));
    REQUIRE(bad_bound.size() == 1);
    CHECK(bad_bound[0].starts_with("f.yaml:12: pipelines.logins.record.columns.user_id.min: "));
}

TEST_CASE("configuration: mistakes of loader and compiler stand in the order of the file")
{
    std::string text = with_user("{ type: integer, from: /user_id, min: few }");
    text = replaced(text, "workers: auto", "workers: few");
    text = replaced(text, "wait: 20s", "wait: soon");
    const auto got = told(text);
    REQUIRE(got.size() == 3);
    CHECK(got[0].starts_with("f.yaml:7: "));
    CHECK(got[1].starts_with("f.yaml:12: "));
    CHECK(got[2].starts_with("f.yaml:25: "));
}

TEST_CASE("configuration: a column that is refused by the loader is not judged again")
{
    CHECK(told(with_user("{ type: integre, from: /user_id, min: few }")).size() == 1);
    CHECK(told(with_user("{ type: text, from: /x, required: true, default: x }")).size() == 1);
    CHECK(told(with_user("{ type: text, from: /x, domain: x }")).size() == 1);
}

TEST_CASE("configuration: a value that is not at hand is not judged, and one that is is not shown")
{
    const std::string text =
        with_user("{ type: integer, from: /user_id, min: \"${env:SLUICE_TEST_MIN}\" }");
    CHECK(told(text).empty());
    const environment_variable least("SLUICE_TEST_MIN", "canary-8c1f");
    CHECK(
        told(text, references::resolve) ==
        std::vector<std::string>{"f.yaml:12: pipelines.logins.record.columns.user_id.min: "
                                 "the value that the reference stands for does not fit the column; "
                                 "give a value that the column takes"});
}

TEST_CASE("configuration: a masked value that another column stores in clear is refused")
{
    const auto got = told(with_user("{ type: text, from: /ip }"));
    REQUIRE(got.size() >= 1);
    CHECK(got[0].starts_with("f.yaml:12: pipelines.logins.record.columns.user_id.from: "));
}
