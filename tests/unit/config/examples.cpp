// The examples that newcomers copy.
#include "files.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

std::string example_path(const std::string& name)
{
    return std::string(SLUICE_EXAMPLES) + "/" + name;
}

} // namespace

TEST_CASE("examples: each file of the folder checks without one word")
{
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(SLUICE_EXAMPLES)) {
        if (file.path().extension() != ".yaml")
            continue;
        names.insert(file.path().filename().string());
        INFO(file.path());
        CHECK(lines(load(file.path().string(), references::leave)).empty());
    }
    CHECK(names.contains("user_logins.yaml"));
    CHECK(names.contains("user_logins_token.yaml"));
}

TEST_CASE("examples: each needs four variables, and loads with them")
{
    const auto name = GENERATE(values<std::string>({"user_logins.yaml", "user_logins_token.yaml"}));
    INFO(name);
    CHECK_FALSE(load(example_path(name), references::resolve).ok());

    const environment_variable queue("SLUICE_QUEUE_URL",
                                     "http://127.0.0.1:9324/000000000000/login-queue");
    const environment_variable endpoint("SLUICE_ENDPOINT", "http://127.0.0.1:9324");
    const environment_variable database("DATABASE_URL", "postgresql://localhost/logins");
    const environment_variable keyring("SLUICE_KEYRING", "/etc/sluice/keyring.json");
    const loaded got = load(example_path(name), references::resolve);
    CHECK(lines(got).empty());
    REQUIRE(got.value.pipelines.size() == 1);
    CHECK(got.value.keyring == "/etc/sluice/keyring.json");
    CHECK(got.value.pipelines[0].source.endpoint == "http://127.0.0.1:9324");
    CHECK(got.value.pipelines[0].sink.table == "user_logins");
    CHECK(got.value.pipelines[0].record.columns.size() == 7);
    CHECK(got.value.pipelines[0].tests.size() >= 6);
}
