// What `sluice plan` prints is run by a real server.
#include "bench.hpp"

#include <filesystem>

using namespace sluice::daemon::tests;
using sluice::config::tests::replaced;

namespace {

// Tables, columns and types of both schemas, but the days of the ledger.
std::vector<std::string> shape_of(sluice::test::fresh_database& database)
{
    return database.list(
        "SELECT format('%s.%s %s %s %s', c.relnamespace::regnamespace, c.relname, a.attname, "
        "format_type(a.atttypid, a.atttypmod), a.attnotnull) "
        "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace::regnamespace::text IN ('sluice', 'public') AND a.attnum > 0 "
        "AND NOT a.attisdropped AND NOT c.relispartition ORDER BY 1");
}

std::string two_pipelines(const std::string& text)
{
    const std::size_t from = text.find("  logins:");
    const std::size_t to = text.find("keys:");
    std::string second = replaced(text.substr(from, to - from), "logins:", "orders:");
    second = replaced(second, "1/logins", "1/orders");
    second = replaced(second, "table: user_logins", "table: \"Or\\\"ders\"");
    return text.substr(0, to) + second + text.substr(to);
}

} // namespace

TEST_CASE("plan: the server takes all that is printed, and then migrate has only days to make")
{
    command_bench planned;
    const std::string file = planned.file(planned.text());
    const ended plan = run_sluice({"plan", "-c", file});
    REQUIRE(plan.code == 0);
    planned.database.run(plan.out);
    const auto shape = shape_of(planned.database);

    command_bench migrated;
    REQUIRE(run_sluice({"migrate", "-c", migrated.file(migrated.text())}).code == 0);
    CHECK(shape == shape_of(migrated.database));

    const ended after = run_sluice({"migrate", "-c", file});
    CHECK(after.code == 0);
    CHECK_FALSE(contains(after.out, "version"));
    CHECK_FALSE(contains(after.out, "user_logins"));
}

TEST_CASE("plan: names that need quotes and several pipelines are SQL as well")
{
    command_bench bench;
    std::string text = two_pipelines(bench.text());
    text = replaced(text, "user_id: {", "\"User \\\"Id\": {");
    text = replaced(text, "row: { user_id: u1,", "row: { \"User \\\"Id\": u1,");
    text = replaced(text, "missing user_id", "missing User \"Id");
    const ended plan = run_sluice({"plan", "-c", bench.file(text)});
    INFO(plan.err);
    REQUIRE(plan.code == 0);
    bench.database.run(plan.out);
    CHECK(bench.database.count("SELECT count(*) FROM \"Or\"\"ders\"") == 0);
    CHECK(bench.database.count("SELECT count(*) FROM pg_attribute "
                               "WHERE attname = 'User \"Id'") == 1);
}

TEST_CASE("plan: needs neither the database nor the keyring")
{
    command_bench bench;
    std::filesystem::remove(bench.keyring);
    CHECK(run_sluice({"plan", "-c", bench.file(bench.text_for(nobody_there))}).code == 0);
    CHECK(run_sluice({"check", "-c", bench.file(bench.text_for(nobody_there))}).code == 0);
}
