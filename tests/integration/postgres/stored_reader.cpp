#include "sink/postgres/stored_reader.hpp"

#include "integration/postgres/bench.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using Catch::Matchers::Contains;
using postgres::stored_reader;

namespace {

// A table with rows, and the reader of a pipeline whose rows go there.
struct rig
{
    test::fresh_database database;
    test::real_bench bench;
    postgres::stored_table reader{bench.io.get_executor(), bench.blocking.get_executor(), "items",
                                  database.url(), test::two_columns()};

    explicit rig(const char* options = "")
    {
        database.run(std::string("CREATE TABLE items (name text, number int)") + options);
    }

    postgres::stored_rows latest(std::size_t limit)
    {
        postgres::stored_rows out;
        bench.run([&]() -> awaitable<void> { out = co_await reader.latest(limit); });
        return out;
    }

    // Why there are none.
    std::string failure()
    {
        try {
            latest(1);
        } catch (const postgres::database_error& error) {
            return error.what();
        }
        return "none";
    }
};

} // namespace

TEST_CASE("stored_reader: the newest rows come first, as text, and null as nothing")
{
    rig one;
    CHECK(one.latest(5).values.empty());
    one.database.run("INSERT INTO items SELECT 'n' || i, i FROM generate_series(1, 100000) i");
    one.database.run("INSERT INTO items VALUES (NULL, -1)");
    const postgres::stored_rows found = one.latest(3);
    CHECK(found.table == R"("public"."items")");
    CHECK(found.columns == std::vector<std::string>{"name", "number"});
    CHECK(found.values ==
          postgres::rows{{std::nullopt, "-1"}, {"n100000", "100000"}, {"n99999", "99999"}});
    CHECK(one.latest(100'000).values.size() == stored_reader::limit_max);
}

TEST_CASE("stored_reader: a long value is cut, at a character")
{
    rig one;
    one.database.run("INSERT INTO items VALUES (repeat('ü', 256), 1), (repeat('ü', 1000000), 2)");
    const postgres::stored_rows found = one.latest(2);
    CHECK(found.values[0][0]->size() == 2 * stored_reader::value_characters_max + 3);
    CHECK_THAT(*found.values[0][0], Catch::EndsWith("ü…"));
    CHECK(found.values[1][0]->size() == 2 * stored_reader::value_characters_max);
}

TEST_CASE("stored_reader: who cannot read is told why, and soon")
{
    rig one;
    one.database.run("BEGIN");
    one.database.run("LOCK TABLE items");
    CHECK_THAT(one.failure(), Contains("lock timeout"));
    one.database.run("ROLLBACK");
    CHECK(one.failure() == "none");
    one.database.run("DROP TABLE items");
    CHECK_THAT(one.failure(), Contains("does not exist"));
}

TEST_CASE("stored_reader: of a table in parts the newest rows, in whichever part they are")
{
    rig one(" PARTITION BY RANGE (number)");
    CHECK(one.latest(5).values.empty());
    // More parts than are read, one of them in parts itself and with its columns in another order.
    for (int i = 0; i < 20; ++i)
        one.database.run(fmt::format("CREATE TABLE \"part {0}\" PARTITION OF items FOR VALUES FROM "
                                     "({0}) TO ({1})",
                                     i * 1000, (i + 1) * 1000));
    one.database.run("CREATE TABLE odd (number int, name text) PARTITION BY LIST (name)");
    one.database.run("CREATE TABLE odd_rest PARTITION OF odd DEFAULT");
    one.database.run("ALTER TABLE items ATTACH PARTITION odd FOR VALUES FROM (20000) TO (21000)");
    CHECK(one.latest(5).values.empty());
    one.database.run("INSERT INTO items SELECT 'n' || i, i FROM generate_series(0, 20999) i");
    for (const char* number : {"7", "20500", "3003", "3001", "12345"})
        one.database.run(fmt::format("INSERT INTO items VALUES ('late', {})", number));
    CHECK(one.latest(5).values == postgres::rows{{"late", "12345"},
                                                 {"late", "3001"},
                                                 {"late", "3003"},
                                                 {"late", "20500"},
                                                 {"late", "7"}});
    CHECK(one.latest(100'000).values.size() == stored_reader::limit_max);
}

TEST_CASE("stored_reader: a view has no end")
{
    rig one;
    one.database.run("ALTER TABLE items RENAME TO things");
    one.database.run("CREATE VIEW items AS SELECT * FROM things");
    CHECK_THAT(one.failure(), Contains("no table"));
}

TEST_CASE("stored_reader: letters of this pipeline, newest first, without bodies")
{
    rig one;
    one.bench.run([&]() -> awaitable<void> {
        postgres::connection on(one.bench.io.get_executor(), one.bench.blocking.get_executor());
        co_await on.open(one.database.url());
        co_await postgres::migrate(on, one.bench.time.wall_now());
    });
    one.database.run(
        "INSERT INTO sluice.dead_letters (pipeline, message_id, reason, receive_count, sent_at, "
        "received_at, body, body_sealed, config_hash) SELECT CASE i % 2 WHEN 0 THEN 'items' ELSE "
        "'other' END, 'm' || i, 'missing', 1, now(), now(), 'canary', false, 'h' "
        "FROM generate_series(1, 1000) i");
    std::vector<postgres::letter> found;
    one.bench.run([&]() -> awaitable<void> { found = co_await one.reader.letters(2); });
    REQUIRE(found.size() == 2);
    CHECK(found[0].message_id == "m1000");
    CHECK(found[1].message_id == "m998");
    CHECK_FALSE(found[0].body);
}
