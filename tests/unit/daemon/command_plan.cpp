#include "shell.hpp"
#include "unit/config/files.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice::config::tests;
using sluice::daemon::tests::ended;
using sluice::daemon::tests::run_sluice;

namespace {

ended plan(const std::string& text)
{
    const temporary_folder folder;
    return run_sluice({"plan", "-c", folder.write("f.yaml", text)});
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("plan: prints the schema, the table and what is prepared, and needs no keyring")
{
    const ended got = plan(good_text());
    CHECK(got.code == 0);
    CHECK(got.err.empty());
    CHECK(contains(got.out, "CREATE TABLE sluice.ledger ("));
    CHECK(contains(got.out, "INSERT INTO sluice.migrations (version, description) VALUES (1, "));
    CHECK(contains(got.out, R"(CREATE TABLE IF NOT EXISTS "public"."user_logins" ()"));
    CHECK(contains(got.out, "PREPARE sluice_rows AS\nINSERT INTO \"public\".\"user_logins\""));
    CHECK(contains(got.out, "-- Pipeline logins: "));
}

TEST_CASE("plan: prints no table that it is told not to make")
{
    const std::string table = "table: user_logins";
    const ended got = plan(replaced(good_text(), table, table + "\n        create: false"));
    CHECK(got.code == 0);
    CHECK_FALSE(contains(got.out, "CREATE TABLE IF NOT EXISTS \"public\""));
    CHECK(contains(got.out, "(create: false)"));
}

TEST_CASE("plan: needs no value from outside, unless it is part of what is printed")
{
    std::string text = replaced(good_text(), "postgresql://localhost/logins", "${env:NO_SUCH_URL}");
    text = replaced(text, "http://localhost:9324/1/logins", "${env:NO_SUCH_QUEUE}");
    text = replaced(text, "keyring: /etc/sluice/keyring.json", "keyring: \"${env:NO_SUCH_RING}\"");
    CHECK(plan(text).code == 0);

    text = replaced(text, "table: user_logins", "table: ${env:SLUICE_TEST_TABLE}");
    const ended without = plan(text);
    CHECK(without.code == 2);
    CHECK(without.out.empty());
    CHECK(contains(without.err, ": pipelines.logins.sink.postgres.table: the environment variable "
                                "SLUICE_TEST_TABLE is not set; set it\n"));
    const environment_variable table("SLUICE_TEST_TABLE", "events.user_logins");
    const ended with = plan(text);
    CHECK(with.code == 0);
    CHECK(with.err.empty());
    CHECK(contains(with.out, R"("events"."user_logins")"));
}

TEST_CASE("plan: a wrong configuration is told, and nothing is printed")
{
    const ended got = plan(replaced(good_text(), "type: text, from: /ip", "type: txt, from: /ip"));
    CHECK(got.code == 2);
    CHECK(got.out.empty());
    CHECK(contains(got.err, "f.yaml:13: pipelines.logins.record.columns.masked_ip.type: "));
    CHECK(run_sluice({"plan", "-c", "/no/such/file"}).code == 2);
}
