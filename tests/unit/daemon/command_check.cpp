#include "config/load.hpp"
#include "shell.hpp"
#include "unit/config/files.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <string>

using sluice::config::tests::good_text;
using sluice::config::tests::replaced;
using sluice::config::tests::temporary_folder;
using sluice::daemon::tests::ended;
using sluice::daemon::tests::run_sluice;
namespace json = boost::json;

TEST_CASE("check: a good file is one line of what is in it")
{
    const temporary_folder folder;
    const std::string path = folder.write("f.yaml", good_text());
    const ended got = run_sluice({"check", "-c", path});
    CHECK(got.err.empty());
    CHECK(got.out == path + ": ok, 1 pipeline, 2 columns, 2 tests passed\n");
    CHECK(got.code == 0);
}

TEST_CASE("check: a bad file is a line for each mistake, and nothing else")
{
    const temporary_folder folder;
    std::string text = replaced(good_text(), "wait: 20s", "wiat: 20s");
    text = replaced(text, "workers: auto", "workers: none");
    const std::string path = folder.write("f.yaml", text);
    const ended got = run_sluice({"check", "--config", path});
    CHECK(got.code == 2);
    CHECK(got.out.empty());
    CHECK(got.err ==
          path + ":7: pipelines.logins.source.sqs.wiat: is an unknown key; did you mean wait?\n" +
              path + ":25: workers: \"none\" is no whole number; give 1 to 64\n");
}

TEST_CASE("check: a file that is not there is one line")
{
    const ended got = run_sluice({"check", "-c", "/nonexistent/f.yaml"});
    CHECK(got.code == 2);
    CHECK(got.out.empty());
    CHECK(got.err == "/nonexistent/f.yaml: cannot read /nonexistent/f.yaml: "
                     "No such file or directory; check the path\n");
}

TEST_CASE("check: a warning does not refuse the file")
{
    const temporary_folder folder;
    const std::string path = folder.write("f.yaml", good_text(), 0644);
    const ended got = run_sluice({"check", "-c", path});
    CHECK(got.code == 0);
    CHECK(got.out == path + ": ok, 1 pipeline, 2 columns, 2 tests passed\n");
    CHECK(got.err.find(":16: pipelines.logins.sink.postgres.url: warning: ") != std::string::npos);
}

TEST_CASE("check: a test of the file that fails refuses the file")
{
    const temporary_folder folder;
    const std::string path =
        folder.write("f.yaml", replaced(good_text(), "row: { user_id: u1", "row: { user_id: u2"));
    const ended got = run_sluice({"check", "-c", path});
    CHECK(got.code == 2);
    CHECK(got.out.empty());
    CHECK(got.err == path +
                         ":22: pipelines.logins.tests[0].row.user_id: "
                         "the message gives \"u1\"; correct the test, or what the columns say\n");
}

TEST_CASE("check: the defaults are printed, and are a configuration themselves")
{
    const ended printed = run_sluice({"check", "--defaults"});
    CHECK(printed.code == 0);
    CHECK(printed.err.empty());
    CHECK(printed.out == sluice::config::defaults());

    const temporary_folder folder;
    const std::string path = folder.write("defaults.yaml", printed.out);
    CHECK(run_sluice({"check", "-c", path}).out ==
          path + ": ok, 1 pipeline, 1 column, 0 tests passed\n");
}

TEST_CASE("check: what was found is printed as JSON when that is asked for")
{
    const temporary_folder folder;
    const std::string good = folder.write("good.yaml", good_text());
    const ended fine = run_sluice({"check", "--json", "-c", good});
    CHECK(fine.code == 0);
    CHECK(fine.err.empty());
    CHECK(json::parse(fine.out) == json::value({{"file", good},
                                                {"ok", true},
                                                {"pipelines", 1},
                                                {"columns", 2},
                                                {"tests_passed", 2},
                                                {"findings", json::array()}}));

    const std::string bad =
        folder.write("bad.yaml", replaced(good_text(), "wait: 20s", "wait: \"21s\""));
    const ended refused = run_sluice({"check", "--json", "-c", bad});
    CHECK(refused.code == 2);
    CHECK(refused.err.empty());
    const json::value told = json::parse(refused.out);
    CHECK_FALSE(told.at("ok").as_bool());
    const json::array& findings = told.at("findings").as_array();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0] == json::value({{"severity", "error"},
                                      {"line", 7},
                                      {"key", "pipelines.logins.source.sqs.wait"},
                                      {"what", "\"21s\" is too large"},
                                      {"remedy", "give 0s to 20s"}}));
}
