#include "core/task_group.hpp"
#include "integration/postgres/bench.hpp"
#include "integration/postgres/messages.hpp"
#include "sink/postgres/ledger_keeper.hpp"
#include "sink/postgres/ledger_life.hpp"
#include "sink/postgres/write_queue.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace sluice;
using namespace sluice::postgres;
using namespace std::chrono_literals;
using test::fresh_database;
using test::options_for;
using test::rows_of;
using path = transform::row_batch::path;

namespace {

// A database with its tables, as it would be on a day long ago: no floor yet, and two days that
// are too old.
struct ledger_bench : test::real_bench
{
    fresh_database database;
    const wall_time now = time.wall_now();
    const day_range around = days_around(now);
    const sys_days oldest = around.first - days{2};

    ledger_bench()
    {
        test::prepare(*this, database);
        database.run("DELETE FROM sluice.ledger_floor");
        for (const sys_days day : {oldest, oldest + days{1}})
            attach(day);
    }

    void attach(sys_days day)
    {
        for (const std::string& sql : statements_for_day(day))
            database.run(sql);
    }

    void drop(sys_days day) { database.run("DROP TABLE sluice." + partition_name(day)); }

    ledger_round tend()
    {
        ledger_round out;
        run([&]() -> awaitable<void> {
            connection on(io.get_executor(), blocking.get_executor());
            co_await on.open(database.url());
            out = co_await tend_ledger(on, now);
        });
        return out;
    }

    long long tables()
    {
        return database.count("SELECT count(*) FROM pg_class WHERE relnamespace = "
                              "'sluice'::regnamespace AND relkind = 'r' "
                              "AND relname ~ '^ledger_[0-9]+$'");
    }
    std::string floor() { return database.ask("SELECT floor FROM sluice.ledger_floor"); }
    std::string closing() { return database.ask("SELECT closing FROM sluice.ledger_floor"); }

    // Returns once a statement that begins so waits for a lock.
    awaitable<void> until_waiting(std::string begins)
    {
        sleeper pause(time);
        // The statistics stand still inside of a transaction unless they are cleared.
        while (database.count(fmt::format("SELECT pg_stat_clear_snapshot(); SELECT count(*) FROM "
                                          "pg_stat_activity WHERE datname = current_database() AND "
                                          "wait_event_type = 'Lock' AND query LIKE '{}%'",
                                          begins)) == 0)
            co_await pause.sleep_for(2ms);
    }
};

// Short waits: a loop ends only after the last timer that was set.
ledger_keeper::options keeping(const fresh_database& database)
{
    return {.pipeline = "items",
            .url = database.url(),
            .interval = 4ms,
            .soon = 4ms,
            .round_within = 3s};
}

} // namespace

TEST_CASE("ledger: days that are too old go with their entries, and the floor is behind them")
{
    ledger_bench bench;
    bench.database.run("INSERT INTO sluice.ledger VALUES ('" + first_key_of(bench.oldest) + "')");
    bench.drop(bench.around.last);
    const long long kept = (bench.around.last - bench.around.first).count() + 1;

    const ledger_round first = bench.tend();
    CHECK(first.made == std::vector<sys_days>{bench.around.last});
    CHECK(first.dropped == std::vector<sys_days>{bench.oldest, bench.oldest + days{1}});
    CHECK(first.left.empty());
    CHECK(first.allowed);
    CHECK(first.days_left == ledger_days_ahead.count());
    CHECK(first.until == bench.around.last + days{1});
    CHECK(warnings_of(first).empty());
    CHECK(describe(first).size() == 2);
    CHECK(bench.tables() == kept);
    CHECK(bench.floor() == first_key_of(bench.around.first));
    CHECK(bench.closing() == bench.floor());

    const ledger_round second = bench.tend();
    CHECK(describe(second).empty());
    CHECK(warnings_of(second).empty());
}

TEST_CASE("ledger: the floor never falls, and no day below it comes back")
{
    ledger_bench bench;
    bench.tend();
    bench.attach(bench.oldest);
    CHECK(bench.tend().dropped == std::vector<sys_days>{bench.oldest});
    CHECK(bench.floor() == first_key_of(bench.around.first));
}

TEST_CASE("ledger: rows of the barrier go when they are old, and a connection makes its own anew")
{
    ledger_bench bench;
    session one(bench.io.get_executor(), bench.blocking.get_executor(), options_for(bench.database),
                std::make_shared<statements>(test::two_columns()));
    auto batch = rows_of({1}, bench.now);
    commit_outcome outcome;
    bench.run([&]() -> awaitable<void> {
        co_await one.open();
        bench.database.run("UPDATE sluice.barrier SET written_at = now() - interval '3 days'; "
                           "INSERT INTO sluice.barrier VALUES "
                           "('gone/1/0', 7, now() - interval '49 hours'), "
                           "('idle/1/0', 7, now() - interval '47 hours')");
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(bench.database.url());
        const ledger_round tended = co_await tend_ledger(on, bench.now);
        CHECK(tended.left.empty());
        CHECK(bench.database.ask("SELECT string_agg(name, ',') FROM sluice.barrier") == "idle/1/0");
        co_await one.send(*batch, path::careful);
        outcome = co_await one.receive();
    });
    CHECK(outcome.what == commit_outcome::kind::committed);
    CHECK(bench.database.ask("SELECT writes FROM sluice.barrier WHERE name = 'test/1/0'") == "1");
}

TEST_CASE("ledger: a row of the barrier that is being written is not waited for, and stays")
{
    ledger_bench bench;
    bench.database.run(
        "INSERT INTO sluice.barrier VALUES ('busy/1/0', 7, now() - interval '3 days');"
        "BEGIN; UPDATE sluice.barrier SET written_at = now()");
    CHECK(bench.tend().left.empty());
    bench.database.run("COMMIT");
    CHECK(bench.database.ask("SELECT string_agg(name, ',') FROM sluice.barrier") == "busy/1/0");
}

TEST_CASE("ledger: a transaction that stays keeps a day from going, and no writer from writing")
{
    ledger_bench bench;
    session one(bench.io.get_executor(), bench.blocking.get_executor(), options_for(bench.database),
                std::make_shared<statements>(test::two_columns()));
    bench.drop(bench.around.last);
    bench.database.run("BEGIN; INSERT INTO sluice.ledger VALUES ('" +
                       first_key_of(bench.around.last - days{1}) + "')");
    ledger_round tended;
    bench.run([&]() -> awaitable<void> {
        co_await one.open();
        task_group both(bench.io.get_executor(), bench.time);
        both.spawn([&]() -> awaitable<void> {
            connection on(bench.io.get_executor(), bench.blocking.get_executor());
            co_await on.open(bench.database.url());
            tended = co_await tend_ledger(on, bench.now);
        });
        both.spawn([&]() -> awaitable<void> {
            co_await bench.until_waiting("ALTER TABLE sluice.ledger DETACH");
            auto fresh = rows_of({1}, bench.now);
            co_await one.send(*fresh, path::fast);
            const commit_outcome fast = co_await one.receive();
            CHECK(fast.what == commit_outcome::kind::committed);
            auto again = rows_of({1, 2}, bench.now);
            co_await one.send(*again, path::careful);
            const commit_outcome careful = co_await one.receive();
            CHECK(careful.rows_stored == 1);
        });
        co_await both.join();
    });
    // The day ahead was made beside the open transaction; the old one waits for its end.
    CHECK(tended.made == std::vector<sys_days>{bench.around.last});
    CHECK(tended.dropped.empty());
    REQUIRE(tended.left.size() == 1);
    CHECK_THAT(tended.left[0], Catch::Contains("DETACH PARTITION") && Catch::Contains("55P03"));
    CHECK(warnings_of(tended).size() == 1);
    CHECK(bench.closing() == first_key_of(bench.around.first));
    CHECK(bench.floor() == first_key_of(bench.oldest));

    bench.database.run("COMMIT");
    CHECK(bench.tend().dropped.size() == 2);
    CHECK(bench.floor() == bench.closing());
}

TEST_CASE("ledger: a round that was interrupted anywhere is finished by the next one")
{
    ledger_bench bench;
    const std::string old = "sluice." + partition_name(bench.oldest);
    const int stop_after = GENERATE(1, 2, 3);
    bench.database.run("INSERT INTO sluice.ledger_floor VALUES (true, '" +
                       first_key_of(bench.oldest) + "', '" + first_key_of(bench.oldest) + "')");
    if (stop_after >= 1)
        bench.database.run("UPDATE sluice.ledger_floor SET closing = '" +
                           first_key_of(bench.around.first) + "'");
    if (stop_after >= 2)
        bench.database.run("ALTER TABLE sluice.ledger DETACH PARTITION " + old + " CONCURRENTLY");
    // A day that was created and not attached.
    bench.drop(bench.around.last);
    if (stop_after >= 3)
        bench.database.run(statements_for_day(bench.around.last).front());

    const ledger_round tended = bench.tend();
    CHECK(tended.dropped.size() == 2);
    CHECK(tended.made == std::vector<sys_days>{bench.around.last});
    CHECK(bench.floor() == first_key_of(bench.around.first));
    CHECK(bench.tables() == (bench.around.last - bench.around.first).count() + 1);
}

TEST_CASE("ledger: a role that owns nothing changes nothing, and is told when days run out")
{
    ledger_bench bench;
    bench.drop(bench.around.last);
    bench.drop(bench.around.last - days{1});
    const std::string role = bench.database.name() + "_poor";
    bench.database.run("CREATE ROLE " + role +
                       " LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA sluice "
                       "TO " +
                       role + "; GRANT SELECT ON ALL TABLES IN SCHEMA sluice TO " + role);
    const secret url = test::as_role(bench.database, role);
    std::vector<std::string> as_daemon;
    bench.run([&]() -> awaitable<void> {
        connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(url);
        const ledger_round seen = co_await tend_ledger(on, bench.now);
        CHECK_FALSE(seen.allowed);
        CHECK(seen.days_left == 1);
        CHECK(describe(seen).empty());
        REQUIRE(warnings_of(seen).size() == 1);
        CHECK_THAT(warnings_of(seen)[0],
                   Catch::Contains("sluice migrate") && Catch::Contains(role + " may not"));
        as_daemon = co_await migrate(on, bench.now, missing_right::may_be);
        std::string sqlstate;
        try {
            co_await migrate(on, bench.now);
        } catch (const database_error& error) {
            sqlstate = error.error().sqlstate;
        }
        CHECK(sqlstate == "42501");
    });
    CHECK(as_daemon.empty());
    bench.database.run("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_CASE("ledger: what is too old becomes a dead letter, what has no day yet waits for it")
{
    ledger_bench bench;
    bench.tend();
    test::message_bench messages;
    const wall_time old = wall_time{bench.around.first} - 1ms;
    const wall_time future = wall_time{bench.around.last + days{1}};
    session one(bench.io.get_executor(), bench.blocking.get_executor(), options_for(bench.database),
                std::make_shared<statements>(messages.target()));
    const auto write = [&](transform::row_batch& batch, path way) {
        commit_outcome outcome;
        bench.run([&]() -> awaitable<void> {
            co_await one.send(batch, way);
            outcome = co_await one.receive();
        });
        return outcome;
    };
    bench.run([&]() -> awaitable<void> { co_await one.open(); });
    seeded_random random(1);
    write_queue queue(random);

    write_job job;
    job.batch = messages.batch({{1, bench.now}, {2, old}, {3, wall_time{bench.around.first}}});
    CHECK(queue.decide(job, write(*job.batch, job.way), {}) == follow_up::again);
    const commit_outcome refused = write(*job.batch, job.way);
    CHECK(refused.what == commit_outcome::kind::refused);
    REQUIRE(refused.floor);
    CHECK(queue.decide(job, refused, {}) == follow_up::isolate);

    const auto parts = messages.splitter.set_aside_old(
        *job.batch, *refused.floor, [] { return std::make_unique<transform::row_batch>(); });
    REQUIRE(parts.size() == 2);
    CHECK(write(*parts[0], path::careful).letters_stored == 1);
    CHECK(write(*parts[1], path::careful).rows_stored == 2);
    // After an unknown outcome all of it goes again.
    CHECK(write(*parts[0], path::careful).letters_stored == 0);
    CHECK(write(*parts[1], path::careful).rows_stored == 0);
    CHECK(bench.database.list("SELECT name FROM items ORDER BY 1") ==
          std::vector<std::string>{"n1", "n3"});
    CHECK(bench.database.ask("SELECT message_id || ' ' || reason FROM sluice.dead_letters") ==
          messages.id_of(2) + " too_old");
    CHECK(bench.database.count("SELECT count(*) FROM sluice.ledger") == 2);

    write_job early;
    early.batch = messages.batch({{4, future}});
    early.way = path::careful;
    CHECK(queue.decide(early, write(*early.batch, early.way), {}) == follow_up::await_repair);
    bench.attach(bench.around.last + days{1});
    CHECK(write(*early.batch, early.way).rows_stored == 1);
}

TEST_CASE("ledger: a message of a day that is just being detached is too old already")
{
    ledger_bench bench;
    test::message_bench messages;
    session one(bench.io.get_executor(), bench.blocking.get_executor(), options_for(bench.database),
                std::make_shared<statements>(messages.target()));
    bench.run([&]() -> awaitable<void> { co_await one.open(); });
    bench.database.run("BEGIN; SELECT count(*) FROM sluice.ledger");
    CHECK(bench.tend().left.size() == 1);

    const auto batch = messages.batch({{1, wall_time{bench.oldest}}});
    commit_outcome outcome;
    bench.run([&]() -> awaitable<void> {
        co_await one.send(*batch, path::careful);
        outcome = co_await one.receive();
    });
    write_job job;
    job.way = path::careful;
    job.batch = messages.batch({{1, wall_time{bench.oldest}}});
    seeded_random random(1);
    CHECK(write_queue(random).decide(job, outcome, {}) == follow_up::isolate);
    bench.database.run("COMMIT");
}

TEST_CASE("ledger_keeper: puts the ledger in order at once, and ends when it is told to")
{
    ledger_bench bench;
    bench.drop(bench.around.last);
    seeded_random random(1);
    ledger_keeper keeper(bench.io.get_executor(), bench.blocking.get_executor(), bench.time, random,
                         keeping(bench.database));
    bench.run([&]() -> awaitable<void> {
        task_group both(bench.io.get_executor(), bench.time);
        both.spawn([&] { return keeper.run(); });
        both.spawn([&]() -> awaitable<void> {
            sleeper pause(bench.time);
            while (keeper.good_rounds() == 0)
                co_await pause.sleep_for(2ms);
            keeper.stop();
        });
        co_await both.join();
    });
    CHECK(bench.floor() == first_key_of(bench.around.first));
    CHECK(bench.tables() == (bench.around.last - bench.around.first).count() + 1);
    CHECK(keeper.until() == bench.around.last + days{1});
}

TEST_CASE("ledger_keeper: ends in the middle of a round, and leaves it to the next one")
{
    ledger_bench bench;
    seeded_random random(1);
    ledger_keeper keeper(bench.io.get_executor(), bench.blocking.get_executor(), bench.time, random,
                         keeping(bench.database));
    bench.database.run("BEGIN; SELECT count(*) FROM sluice.ledger");
    bench.run([&]() -> awaitable<void> {
        task_group both(bench.io.get_executor(), bench.time);
        both.spawn([&] { return keeper.run(); });
        both.spawn([&]() -> awaitable<void> {
            co_await bench.until_waiting("ALTER TABLE sluice.ledger DETACH");
            keeper.stop();
        });
        co_await both.join();
    });
    CHECK(keeper.good_rounds() == 0);
    bench.database.run("COMMIT");
}

TEST_CASE("ledger_keeper: stands back while another one is at it")
{
    ledger_bench bench;
    seeded_random random(1);
    ledger_keeper keeper(bench.io.get_executor(), bench.blocking.get_executor(), bench.time, random,
                         keeping(bench.database));
    bench.database.run(fmt::format("SELECT pg_advisory_lock({})", advisory_lock_key));
    bench.run([&]() -> awaitable<void> {
        task_group both(bench.io.get_executor(), bench.time);
        both.spawn([&] { return keeper.run(); });
        both.spawn([&]() -> awaitable<void> {
            sleeper pause(bench.time);
            const auto opened = [&] {
                return bench.database.count("SELECT sessions FROM pg_stat_database WHERE datname "
                                            "= current_database()");
            };
            const long long before = opened();
            while (opened() < before + 3)
                co_await pause.sleep_for(2ms);
            CHECK(bench.tables() == (bench.around.last - bench.oldest).count() + 1);
            bench.database.run(fmt::format("SELECT pg_advisory_unlock({})", advisory_lock_key));
            while (keeper.good_rounds() == 0)
                co_await pause.sleep_for(2ms);
            keeper.stop();
        });
        co_await both.join();
    });
    CHECK(bench.floor() == first_key_of(bench.around.first));
}

// A writer that had to wait a second for a lock would be refused with 55P03 here.
TEST_CASE("ledger: under load no writer waits while days are made, detached and dropped")
{
    constexpr std::uint32_t batch_rows = 100;
    constexpr int rounds = 12;
    ledger_bench bench;
    bench.tend();
    const auto sql = std::make_shared<statements>(test::two_columns());
    bool ended = false;
    std::uint32_t next = 0;
    long long stored = 0;
    std::vector<std::string> refused;
    const auto write = [&](std::size_t index) -> awaitable<void> {
        session_options options = options_for(bench.database, "test/1/" + std::to_string(index));
        options.lock_timeout = 1s;
        session one(bench.io.get_executor(), bench.blocking.get_executor(), options, sql);
        co_await one.open();
        while (!ended) {
            std::vector<std::uint32_t> numbers(batch_rows);
            for (std::uint32_t& number : numbers)
                number = next++;
            // On both paths.
            const path way = next / batch_rows % 3 == 0 ? path::careful : path::fast;
            auto batch = rows_of(numbers, bench.now);
            co_await one.send(*batch, way);
            const commit_outcome outcome = co_await one.receive();
            if (outcome.what != commit_outcome::kind::committed)
                refused.push_back(outcome.error.text);
            stored += static_cast<long long>(outcome.rows_stored);
        }
    };
    std::size_t dropped = 0;
    std::size_t made = 0;
    bench.run([&]() -> awaitable<void> {
        task_group all(bench.io.get_executor(), bench.time);
        for (std::size_t i = 0; i < 3; ++i)
            all.spawn([&write, i] { return write(i); });
        all.spawn([&]() -> awaitable<void> {
            connection on(bench.io.get_executor(), bench.blocking.get_executor());
            co_await on.open(bench.database.url());
            for (int i = 0; i < rounds; ++i) {
                for (std::string& statement : statements_for_day(bench.oldest))
                    co_await on.query(std::move(statement));
                co_await on.query("ALTER TABLE sluice.ledger DETACH PARTITION sluice." +
                                  partition_name(bench.around.last) + " CONCURRENTLY");
                co_await on.query("DROP TABLE sluice." + partition_name(bench.around.last));
                const ledger_round tended = co_await tend_ledger(on, bench.now);
                dropped += tended.dropped.size();
                made += tended.made.size();
            }
            ended = true;
        });
        co_await all.join();
    });
    CHECK(refused.empty());
    CHECK(dropped == rounds);
    CHECK(made == rounds);
    CHECK(stored == next);
    CHECK(bench.database.count("SELECT count(*) FROM items") == stored);
    CHECK(bench.database.count("SELECT count(*) FROM sluice.ledger") == stored);
}
