#include "sink/postgres/migrations.hpp"

#include "core/task_group.hpp"
#include "integration/postgres/bench.hpp"
#include "sink/postgres/ledger_life.hpp"
#include "sink/postgres/table_check.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::postgres;
using test::fresh_database;
using test::real_bench;
using test::two_columns;

namespace {

std::vector<std::string> migrate_now(real_bench& bench, const fresh_database& database)
{
    std::vector<std::string> done;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        done = co_await migrate(on, bench.time.wall_now());
    });
    return done;
}

} // namespace

TEST_CASE("migrations: an empty database gets every table and every day, a second run nothing")
{
    fresh_database database;
    real_bench bench;
    CHECK(migrate_now(bench, database).size() == migrations().size() + 1);
    CHECK(database.list("SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
                        "WHERE nspname = 'sluice' AND relkind IN ('r', 'p') AND NOT relispartition "
                        "ORDER BY 1") ==
          std::vector<std::string>{"attempts", "barrier", "dead_letters", "ledger", "ledger_floor",
                                   "letter_audit", "migrations", "unmask_audit"});
    const day_range around = days_around(bench.time.wall_now());
    CHECK(database.count("SELECT count(*) FROM pg_inherits WHERE inhparent = "
                         "'sluice.ledger'::regclass") == (around.last - around.first).count() + 1);
    CHECK(migrate_now(bench, database).empty());
}

TEST_CASE("migrations: a key of every day from the oldest to the newest has a partition")
{
    fresh_database database;
    real_bench bench;
    migrate_now(bench, database);
    const day_range around = days_around(bench.time.wall_now());
    for (sys_days day = around.first; day <= around.last; day += days{1})
        database.run("INSERT INTO sluice.ledger VALUES ('" + first_key_of(day) + "')");
    CHECK_THROWS_WITH(database.run("INSERT INTO sluice.ledger VALUES ('" +
                                   first_key_of(around.last + days{1}) + "')"),
                      Catch::Contains("no partition"));
}

TEST_CASE("migrations: many at once do the work of one")
{
    fresh_database database;
    real_bench bench;
    std::size_t did_something = 0;
    bench.run([&]() -> awaitable<void> {
        task_group group(bench.io.get_executor(), bench.time);
        for (int i = 0; i < 5; ++i)
            group.spawn([&]() -> awaitable<void> {
                connection on(bench.io.get_executor(), bench.blocking.get_executor());
                co_await on.open(database.url());
                const auto done = co_await migrate(on, bench.time.wall_now());
                did_something += done.empty() ? 0 : 1;
            });
        co_await group.join();
    });
    CHECK(did_something == 1);
    CHECK(database.count("SELECT count(*) FROM sluice.migrations") ==
          static_cast<long long>(migrations().size()));
}

TEST_CASE("migrations: a role that may not is told the SQLSTATE of a missing right")
{
    fresh_database database;
    database.run("CREATE ROLE " + database.name() + "_poor LOGIN PASSWORD 'x'");
    std::string url = database.url().reveal();
    url.replace(url.find("//") + 2, url.find('@') - url.find("//") - 2,
                database.name() + "_poor:x");
    real_bench bench;
    std::string sqlstate;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(secret(url));
        try {
            co_await migrate(on, bench.time.wall_now());
        } catch (const database_error& error) {
            sqlstate = error.error().sqlstate;
        }
    });
    CHECK(sqlstate == "42501");
    database.run("DROP ROLE " + database.name() + "_poor");
}

TEST_CASE("migrations: the target is made from the columns, and an existing one is left alone")
{
    fresh_database database;
    real_bench bench;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        const bool made = co_await create_target(on, two_columns());
        CHECK(made);
        const bool made_again = co_await create_target(on, two_columns());
        CHECK_FALSE(made_again);
        const auto findings = co_await check_table(on, two_columns());
        CHECK(findings.empty());
    });
    CHECK(database.ask("SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' "
                       "ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'items'::regclass "
                       "AND attnum > 0") == "name character varying(10), number integer");
}

TEST_CASE("table_check: reads NOT NULL, defaults, generated columns and lengths from the catalog")
{
    fresh_database database;
    real_bench bench;
    database.run(
        "CREATE TABLE items (name varchar(5) NOT NULL, "
        "number integer GENERATED ALWAYS AS (1) STORED, "
        "id bigint GENERATED BY DEFAULT AS IDENTITY, at timestamptz NOT NULL DEFAULT now(),"
        "other text NOT NULL)");
    std::vector<finding> findings;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        findings = co_await check_table(on, two_columns());
    });
    REQUIRE(findings.size() == 4);
    CHECK_THAT(findings[0].text, Catch::Contains("name is NOT NULL"));
    CHECK_THAT(findings[1].text, Catch::Contains("max_length: 5"));
    CHECK_THAT(findings[2].text, Catch::Contains("number is generated"));
    CHECK_THAT(findings[3].text, Catch::Contains(R"("other")"));
}
