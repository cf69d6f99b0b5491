#include "sink/postgres/connection.hpp"

#include "core/task_group.hpp"
#include "integration/postgres/bench.hpp"

#include <catch2/catch.hpp>

#include <deque>

using namespace sluice;
using namespace sluice::postgres;
using test::fresh_database;
using test::real_bench;

namespace {

// What opening the URL says, and the SQLSTATE that it has.
server_error open_error(const std::string& url)
{
    real_bench bench;
    server_error error;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        try {
            co_await on.open(secret(url));
        } catch (const database_error& thrown) {
            error = thrown.error();
        }
    });
    return error;
}

// What a statement is refused with.
server_error query_error(const fresh_database& database, const std::string& sql)
{
    real_bench bench;
    server_error error;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        try {
            co_await on.query(sql);
        } catch (const database_error& thrown) {
            error = thrown.error();
        }
    });
    return error;
}

} // namespace

TEST_CASE("connection: a query returns rows as text, null as nothing")
{
    fresh_database database;
    real_bench bench;
    rows found;
    rows bound;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        found = co_await on.query("SELECT 1, NULL, 'x' UNION ALL SELECT 2, 'y', ''");
        std::vector<std::optional<std::string>> parameters(2);
        parameters[0] = "41";
        bound = co_await on.query("SELECT $1::int + 1, $2::text", std::move(parameters));
    });
    CHECK(found == rows{{"1", std::nullopt, "x"}, {"2", "y", ""}});
    CHECK(bound == rows{{"42", std::nullopt}});
}

TEST_CASE(
    "connection: what is left of lost ones does not touch the next, which has their descriptor")
{
    fresh_database database;
    real_bench bench;
    rows found;
    bench.run([&]() -> awaitable<void> {
        const auto io = bench.io.get_executor();
        std::deque<connection> lost;
        for (int i = 0; i < 2; ++i) {
            lost.emplace_back(io, bench.blocking.get_executor());
            co_await lost.back().open(database.url());
        }
        database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE datname = current_database() AND pid <> pg_backend_pid()");
        for (connection& each : lost)
            CHECK_THROWS_AS(co_await each.query("SELECT 1"), database_error);

        connection next(io, bench.blocking.get_executor());
        co_await next.open(database.url());
        lost.clear();
        bool answered = false;
        sleeper patience(bench.time);
        task_group both(io, bench.time);
        both.spawn([&]() -> awaitable<void> {
            co_await patience.sleep_for(std::chrono::seconds(20));
            if (!answered)
                next.abandon();
        });
        both.spawn([&]() -> awaitable<void> {
            found = co_await next.query("SELECT pg_sleep(0.05)::text, 7");
            answered = true;
            patience.wake();
        });
        co_await both.join();
    });
    CHECK(found == rows{{"", "7"}});
}

TEST_CASE("connection: an SQL error is thrown with its SQLSTATE, and the connection goes on")
{
    fresh_database database;
    real_bench bench;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        std::string sqlstate;
        try {
            co_await on.query("SELECT * FROM no_such_table");
        } catch (const database_error& error) {
            sqlstate = error.error().sqlstate;
        }
        CHECK(sqlstate == "42P01");
        const rows found = co_await on.query("SELECT 7");
        CHECK(found.at(0).at(0) == "7");
    });
}

TEST_CASE("connection: an error of the data classes does not quote the data")
{
    fresh_database database;
    real_bench bench;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        std::string text;
        try {
            co_await on.query("SELECT 'canary-10.9.8.7'::int");
        } catch (const database_error& error) {
            text = error.what();
        }
        CHECK_THAT(text, Catch::Contains("22P02") && !Catch::Contains("canary"));
    });
}

TEST_CASE("connection: what code in the database says is not quoted, whichever SQLSTATE it takes")
{
    fresh_database database;
    const std::string sql = GENERATE(
        "DO $$ BEGIN RAISE 'canary-10.9.8.7' USING ERRCODE = '42501'; END $$",
        "DO $$ BEGIN RAISE 'x' USING ERRCODE = '55000', DETAIL = 'canary', HINT = 'canary'; END $$",
        "DO $$ BEGIN RAISE 'canary' USING ERRCODE = 'AB123'; END $$",
        "DO $$ BEGIN EXECUTE 'SELECT ' || quote_ident('canary-10.9.8.7'); END $$",
        "DO $$ BEGIN EXECUTE 'canary-10.9.8.7'; END $$");
    const server_error error = query_error(database, sql);
    CHECK_THAT(error.text, Catch::Contains(error.sqlstate) && !Catch::Contains("canary"));
    CHECK(error.sqlstate.size() == 5);
}

TEST_CASE("connection: an error as long as a row is told in one line of bounded length")
{
    fresh_database database;
    const std::string token(1'000'000, 'z');
    const server_error huge = query_error(database, "SELECT 1 '" + token + "'");
    CHECK(huge.sqlstate == "42601"); // it quotes the token
    CHECK_THAT(huge.text, Catch::StartsWith("syntax error") && Catch::Contains("42601"));
    CHECK(huge.text.size() < 2 * error_bytes_max);
}

TEST_CASE("connection: a flood of notices, quoting values, is read and told to nobody")
{
    fresh_database database;
    real_bench bench;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        // 20 MB of them, more than every buffer in between.
        const rows found = co_await on.query(
            "DO $$ BEGIN FOR i IN 1..20000 LOOP RAISE NOTICE '%', repeat('canary', 170); END LOOP; "
            "END $$; SELECT 7");
        CHECK(found.at(0).at(0) == "7");
    });
}

TEST_CASE("connection: what is wrong with the way in is told by its SQLSTATE")
{
    fresh_database database;
    const std::string url = database.url().reveal();
    const std::size_t host = url.find('@');
    const std::size_t path = url.rfind('/');

    const server_error password = open_error("postgresql://sluice:wrong" + url.substr(host));
    CHECK(password.sqlstate == "28P01");
    CHECK_THAT(password.text, !Catch::Contains("LOCATION"));

    CHECK(open_error("postgresql://nobody:x" + url.substr(host)).sqlstate == "28P01");
    CHECK(open_error(url.substr(0, path) + "/no_such_database").sqlstate == "3D000");
    const server_error nobody_there = open_error("postgresql://u@127.0.0.1:1/x");
    CHECK(nobody_there.sqlstate == "08001");
    CHECK_THAT(nobody_there.text, Catch::Contains("Connection refused; Is the server running"));
    CHECK(open_error("postgresql://u@no-such-host.invalid/x").sqlstate == "08001");
    CHECK_FALSE(open_error("postgresql://[").sqlstate.empty());
}

TEST_CASE("connection: no error shows the password")
{
    fresh_database database;
    const std::string url = database.url().reveal();
    const server_error error =
        open_error("postgresql://sluice:canary-secret" + url.substr(url.find('@')));
    CHECK_THAT(error.text, !Catch::Contains("canary-secret"));
}

TEST_CASE("connection: a session that the server ends is lost, and says so at once")
{
    fresh_database database;
    real_bench bench;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        on.enter_pipeline();
        CHECK(database.kill_sessions() == 1);
        const bool nothing_under_way = true;
        bool lost = false;
        try {
            co_await on.next_result(nothing_under_way);
        } catch (const database_error&) {
            lost = true;
        }
        CHECK(lost);
        CHECK(on.lost());
    });
}

TEST_CASE("connection: abandon ends a wait")
{
    fresh_database database;
    real_bench bench;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        sleeper pause(bench.time);
        task_group group(bench.io.get_executor(), bench.time);
        bool lost = false;
        group.spawn([&]() -> awaitable<void> {
            try {
                co_await on.query("SELECT pg_sleep(60)");
            } catch (const database_error& error) {
                lost = error.error().sqlstate.empty();
            }
        });
        co_await pause.sleep_for(std::chrono::milliseconds(20));
        on.abandon();
        co_await group.join();
        CHECK(lost);
    });
}
