#include "sink/postgres/session.hpp"

#include "core/task_group.hpp"
#include "integration/postgres/bench.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::postgres;
using test::fresh_database;
using test::options_for;
using test::prepare;
using test::real_bench;
using test::rows_of;
using test::two_columns;
using path = transform::row_batch::path;

namespace {

// A database with its tables, and one open session.
struct session_bench : real_bench
{
    fresh_database database;
    std::shared_ptr<const statements> sql = std::make_shared<statements>(two_columns());
    session one{io.get_executor(), blocking.get_executor(), options_for(database), sql};
    wall_time now = time.wall_now();

    session_bench()
    {
        prepare(*this, database);
        run([this]() -> awaitable<void> { co_await one.open(); });
    }

    commit_outcome write(transform::row_batch& batch, path way)
    {
        commit_outcome outcome;
        run([&]() -> awaitable<void> {
            co_await one.send(batch, way);
            outcome = co_await one.receive();
        });
        return outcome;
    }

    long long items() { return database.count("SELECT count(*) FROM items"); }
    long long ledger() { return database.count("SELECT count(*) FROM sluice.ledger"); }
};

void add_letter(transform::row_batch& batch, std::uint32_t number, wall_time sent)
{
    const auto key = test::key_of(number, sent);
    auto& letters = batch.letters;
    letters.key.append(test::text_of(key));
    letters.message_id.append("message-" + std::to_string(number));
    letters.reason.append("missing");
    letters.sqlstate.append_null();
    letters.column_name.append("name");
    letters.detail.append("required");
    letters.body.append(std::string_view("\x00\xff{", 3));
    letters.body_sealed.append(std::string_view("\x00", 1));
    letters.attributes.append_null();
    letters.receive_count.begin_element().append_u32(1);
    letters.receive_count.end_element();
    for (auto* const when : {&letters.sent_at, &letters.received_at}) {
        when->begin_element().append_u64(0); // 2000-01-01
        when->end_element();
    }
    batch.letter_entries.push_back({key, {}, transform::reason::missing, 0});
    batch.ledger_ids.append(test::text_of(key));
}

} // namespace

TEST_CASE("session: a fast batch is committed as a whole")
{
    session_bench bench;
    auto batch = rows_of({1, 2, 3}, bench.now);
    const commit_outcome outcome = bench.write(*batch, path::fast);
    CHECK(outcome.what == commit_outcome::kind::committed);
    CHECK(outcome.rows_stored == 3);
    CHECK(bench.items() == 3);
    CHECK(bench.ledger() == 3);
    CHECK(bench.database.ask("SELECT string_agg(name || number, ',' ORDER BY number) FROM items") ==
          "n11,n22,n33");
}

TEST_CASE("session: a duplicate refuses a fast batch and is skipped by a careful one")
{
    session_bench bench;
    auto first = rows_of({1, 2}, bench.now);
    bench.write(*first, path::fast);
    auto second = rows_of({2, 3}, bench.now);
    const commit_outcome refused = bench.write(*second, path::fast);
    CHECK(refused.what == commit_outcome::kind::refused);
    CHECK(refused.where == statement::ledger);
    CHECK(judge(refused.error.sqlstate, refused.where, true) == verdict::duplicate);
    CHECK(bench.items() == 2);

    const commit_outcome careful = bench.write(*second, path::careful);
    CHECK(careful.what == commit_outcome::kind::committed);
    CHECK(careful.rows_stored == 1);
    CHECK(bench.items() == 3);
    CHECK(bench.ledger() == 3);
}

TEST_CASE("session: a careful batch of nothing new writes the barrier")
{
    session_bench bench;
    auto batch = rows_of({1}, bench.now);
    bench.write(*batch, path::fast);
    const auto writes = [&] {
        return bench.database.count("SELECT writes FROM sluice.barrier WHERE name = 'test/1/0'");
    };
    const long long before = writes();
    const commit_outcome outcome = bench.write(*batch, path::careful);
    CHECK(outcome.what == commit_outcome::kind::committed);
    CHECK(outcome.rows_stored == 0);
    CHECK(writes() == before + 1);
}

TEST_CASE("session: a barrier that swallows its write commits nothing in our eyes")
{
    session_bench bench;
    bench.database.run("CREATE RULE none AS ON INSERT TO sluice.barrier DO INSTEAD NOTHING");
    auto batch = rows_of({1}, bench.now);
    const commit_outcome outcome = bench.write(*batch, path::careful);
    CHECK(outcome.what == commit_outcome::kind::refused);
    CHECK(outcome.where == statement::barrier);
    CHECK(judge(outcome.error.sqlstate, outcome.where, false) == verdict::deployment_is_wrong);
}

TEST_CASE("session: dead letters are stored beside rows, on both paths, once")
{
    const auto way = GENERATE(path::fast, path::careful);
    session_bench bench;
    auto batch = rows_of({1}, bench.now);
    add_letter(*batch, 2, bench.now);
    const commit_outcome outcome = bench.write(*batch, way);
    CHECK(outcome.what == commit_outcome::kind::committed);
    CHECK(outcome.rows_stored == 1);
    CHECK(outcome.letters_stored == 1);
    CHECK(
        bench.database.ask("SELECT concat_ws('|', pipeline, message_id, reason, sqlstate, "
                           "column_name, detail, encode(body, 'hex'), body_sealed, receive_count, "
                           "state, config_hash) FROM sluice.dead_letters") ==
        "items|message-2|missing|name|required|00ff7b|f|1|new|0123456789abcdef");
    const commit_outcome again = bench.write(*batch, path::careful);
    CHECK(again.rows_stored + again.letters_stored == 0);
    CHECK(bench.database.count("SELECT count(*) FROM sluice.dead_letters") == 1);
}

TEST_CASE("session: a letters-only batch needs no row statement")
{
    session_bench bench;
    auto batch = rows_of({}, bench.now);
    add_letter(*batch, 2, bench.now);
    CHECK(bench.write(*batch, path::fast).letters_stored == 1);
    CHECK(bench.write(*batch, path::careful).letters_stored == 0);
    CHECK(bench.ledger() == 1);
}

TEST_CASE("session: the user's own unique key blames the row, not the ledger")
{
    session_bench bench;
    bench.database.run("CREATE UNIQUE INDEX ON items (number)");
    bench.database.run("INSERT INTO items VALUES ('x', 2)");
    const auto way = GENERATE(path::fast, path::careful);
    auto batch = rows_of({1, 2}, bench.now);
    const commit_outcome outcome = bench.write(*batch, way);
    CHECK(outcome.what == commit_outcome::kind::refused);
    CHECK(judge(outcome.error.sqlstate, outcome.where, !outcome.error.constraint.empty()) ==
          verdict::row_is_bad);
    CHECK(bench.ledger() == 0);
}

TEST_CASE("session: a constraint that is checked at the commit refuses the batch")
{
    session_bench bench;
    bench.database.run("ALTER TABLE items ADD CONSTRAINT late UNIQUE (number) "
                       "DEFERRABLE INITIALLY DEFERRED");
    auto batch = rows_of({7, 8}, bench.now);
    bench.database.run("INSERT INTO items VALUES ('x', 7)");
    const commit_outcome outcome = bench.write(*batch, path::fast);
    CHECK(outcome.what == commit_outcome::kind::refused);
    CHECK(outcome.where == statement::commit);
    CHECK(bench.items() == 1);
    CHECK(bench.ledger() == 0);
}

TEST_CASE("session: a refused batch does not hinder the one behind it")
{
    session_bench bench;
    auto bad = rows_of({1}, bench.now, "longer than ten characters");
    auto good = rows_of({2}, bench.now);
    bench.run([&]() -> awaitable<void> {
        co_await bench.one.send(*bad, path::fast);
        co_await bench.one.send(*good, path::fast);
        const commit_outcome first = co_await bench.one.receive();
        const commit_outcome second = co_await bench.one.receive();
        CHECK(first.what == commit_outcome::kind::refused);
        CHECK(first.error.sqlstate == "22001");
        CHECK_THAT(first.error.text, !Catch::Contains("longer"));
        CHECK(second.what == commit_outcome::kind::committed);
    });
    CHECK(bench.items() == 1);
}

TEST_CASE("session: a message sent on a day without a partition blames the deployment")
{
    session_bench bench;
    auto batch = rows_of({1}, bench.now + std::chrono::hours(24 * 10));
    for (const path way : {path::fast, path::careful}) {
        const commit_outcome outcome = bench.write(*batch, way);
        CHECK(outcome.what == commit_outcome::kind::refused);
        CHECK(judge(outcome.error.sqlstate, outcome.where, !outcome.error.constraint.empty()) ==
              verdict::deployment_is_wrong);
        // What a person must know who is to repair it: no name but the table's.
        CHECK(outcome.error.text == "SQLSTATE 23514, table ledger has no partition for a row");
    }
}

TEST_CASE("session: a killed backend leaves an unknown outcome, and can be opened again")
{
    session_bench bench;
    auto batch = rows_of({1}, bench.now);
    bench.database.run("BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE");
    bench.run([&]() -> awaitable<void> {
        co_await bench.one.send(*batch, path::fast);
        sleeper pause(bench.time);
        while (bench.database.count("SELECT count(*) FROM pg_stat_activity WHERE "
                                    "wait_event_type = 'Lock' AND datname = current_database()") ==
               0)
            co_await pause.sleep_for(std::chrono::milliseconds(5));
        bench.database.kill_sessions();
        const commit_outcome outcome = co_await bench.one.receive();
        CHECK(outcome.what == commit_outcome::kind::unknown);
    });
    bench.database.run("ROLLBACK");
    bench.run([&]() -> awaitable<void> { co_await bench.one.open(); });
    CHECK(bench.write(*batch, path::careful).rows_stored == 1);
    CHECK(bench.items() == 1);
}

TEST_CASE("session: opening names what is missing")
{
    fresh_database database;
    real_bench bench;
    session one(bench.io.get_executor(), bench.blocking.get_executor(), options_for(database),
                std::make_shared<statements>(two_columns()));
    std::string text;
    bench.run([&]() -> awaitable<void> {
        try {
            co_await one.open();
        } catch (const database_error& error) {
            CHECK(error.what_to_do() == verdict::deployment_is_wrong);
            text = error.what();
        }
    });
    CHECK_THAT(text, Catch::Contains("sluice.ledger") && Catch::Contains("42P01"));
}

TEST_CASE("session: a database that takes no writes is told when it is opened")
{
    session_bench bench;
    bench.database.run("ALTER DATABASE " + bench.database.name() +
                       " SET default_transaction_read_only = on");
    std::string sqlstate;
    bench.run([&]() -> awaitable<void> {
        try {
            co_await bench.one.open();
        } catch (const database_error& error) {
            sqlstate = error.error().sqlstate;
        }
    });
    CHECK(sqlstate == "25006");
}

TEST_CASE("session: a connection never acknowledges what a crash could forget")
{
    session_bench bench;
    bench.database.run("ALTER DATABASE " + bench.database.name() + " SET synchronous_commit = off");
    bench.run([&]() -> awaitable<void> { co_await bench.one.open(); });
    REQUIRE(bench.one.durability());
    CHECK(bench.one.durability()->synchronous_commit == "on");
}

TEST_CASE("session: a server that may forget what it acknowledged is told of when it is opened")
{
    session_bench bench;
    REQUIRE(bench.one.durability());
    CHECK(bench.one.durability()->level() == durability_level::crash_safe);
    CHECK(bench.one.durability()->warnings().empty());

    const auto set = [&](const char* sql, const char* value) {
        bench.database.run(sql);
        bench.run([&]() -> awaitable<void> {
            bench.database.run("SELECT pg_reload_conf()");
            sleeper pause(bench.time);
            while (bench.database.ask("SHOW full_page_writes") != value)
                co_await pause.sleep_for(std::chrono::milliseconds(2));
        });
    };
    set("ALTER SYSTEM SET full_page_writes = off", "off");
    bench.run([&]() -> awaitable<void> { co_await bench.one.open(); });
    set("ALTER SYSTEM RESET full_page_writes", "on");
    CHECK(bench.one.durability()->level() == durability_level::at_risk);
    REQUIRE(bench.one.durability()->warnings().size() == 1);
    CHECK_THAT(bench.one.durability()->warnings()[0], Catch::Contains("full_page_writes is off"));
}

TEST_CASE("session: commits that do not wait for the standbys are told of")
{
    session_bench bench;
    bench.database.run("ALTER DATABASE " + bench.database.name() +
                       " SET synchronous_commit = local");
    bench.run([&]() -> awaitable<void> { co_await bench.one.open(); });
    CHECK(bench.one.durability()->synchronous_commit == "local");
}

TEST_CASE("session: a batch far larger than every socket buffer goes through, with another behind")
{
    session_bench bench;
    bench.database.run("ALTER TABLE items ALTER name TYPE text");
    std::vector<std::uint32_t> numbers(2000);
    for (std::uint32_t i = 0; i < numbers.size(); ++i)
        numbers[i] = i;
    auto large = rows_of(numbers, bench.now, std::string(16384, 'x')); // 32 MiB
    auto small = rows_of({5000}, bench.now);
    bench.run([&]() -> awaitable<void> {
        task_group both(bench.io.get_executor(), bench.time);
        both.spawn([&]() -> awaitable<void> {
            co_await bench.one.send(*large, path::fast);
            co_await bench.one.send(*small, path::fast);
        });
        both.spawn([&]() -> awaitable<void> {
            const commit_outcome first = co_await bench.one.receive();
            const commit_outcome second = co_await bench.one.receive();
            CHECK(first.what == commit_outcome::kind::committed);
            CHECK(second.what == commit_outcome::kind::committed);
        });
        co_await both.join();
    });
    CHECK(bench.items() == 2001);
}
