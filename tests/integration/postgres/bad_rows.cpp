// Rows that only the database can refuse: each becomes a dead letter of its own, wherever it stands
// in its batch, and all others are stored.
#include "core/task_group.hpp"
#include "integration/postgres/bench.hpp"
#include "integration/postgres/messages.hpp"
#include "sink/postgres/writer.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <set>

using namespace sluice;
using namespace sluice::postgres;
using test::fresh_database;
using test::options_for;
using path = transform::row_batch::path;
using texts = std::vector<std::string>;

namespace {

class batch_list final : public row_source
{
public:
    std::unique_ptr<transform::row_batch> try_take() override
    {
        if (batches.empty())
            return nullptr;
        auto next = std::move(batches.back());
        batches.pop_back();
        return next;
    }
    bool drained() const noexcept override { return batches.empty(); }
    awaitable<void> wait(std::size_t, sleeper& place, steady_time deadline) override
    {
        co_await place.sleep_until(deadline);
    }

    std::vector<std::unique_ptr<transform::row_batch>> batches;
};

// Splits what is refused, as a pipeline does, and counts the transactions.
class splitting_events final : public write_events
{
public:
    explicit splitting_events(transform::row_splitter& splitter) : splitter_(splitter) {}

    void committed(std::unique_ptr<transform::row_batch>, const commit_outcome& outcome,
                   steady_clock::duration) override
    {
        ++transactions;
        rows += outcome.rows_stored;
        letters += outcome.letters_stored;
    }
    std::vector<write_job> isolate(write_job job, const commit_outcome& outcome) override
    {
        std::vector<write_job> out;
        const auto take = [] { return std::make_unique<transform::row_batch>(); };
        const auto& error = outcome.error;
        for (auto& part :
             splitter_.split(*job.batch, {error.sqlstate, error.column, error.constraint}, take)) {
            write_job next;
            next.way = job.way;
            next.batch = std::move(part);
            out.push_back(std::move(next));
        }
        return out;
    }
    void refused(const server_error&, verdict, follow_up) override { ++transactions; }
    void connected(std::size_t) override {}
    void disconnected(std::size_t, follow_up, std::string_view) override { ++lost; }
    void jobs_waiting() override {}

    std::size_t transactions = 0;
    std::size_t rows = 0;
    std::size_t letters = 0;
    std::size_t lost = 0;

private:
    transform::row_splitter& splitter_;
};

struct bad_rows_bench : test::real_bench
{
    fresh_database database;
    test::message_bench messages;
    const wall_time now = time.wall_now();

    bad_rows_bench()
    {
        run([this]() -> awaitable<void> {
            connection on(io.get_executor(), blocking.get_executor());
            co_await on.open(database.url());
            co_await migrate(on, now);
            co_await create_target(on, messages.target());
        });
    }

    std::unique_ptr<transform::row_batch> batch(unsigned first, unsigned count,
                                                path way = path::fast)
    {
        std::vector<test::message_bench::numbered> numbers;
        for (unsigned i = 0; i < count; ++i)
            numbers.push_back({first + i, now});
        auto made = messages.batch(numbers);
        made->way = way;
        return made;
    }

    // By one writer over one connection.
    splitting_events write(batch_list source)
    {
        seeded_random random(1);
        write_queue queue(random);
        splitting_events events(messages.splitter);
        session link(io.get_executor(), blocking.get_executor(), options_for(database),
                     std::make_shared<statements>(messages.target()));
        writer one(io.get_executor(), time, random, link, queue, source, events, {});
        // Not to the last timer: the deadline of an answer that came is far away.
        bool ended = false;
        std::exception_ptr failure;
        asio::co_spawn(
            io, [&one]() -> awaitable<void> { co_await one.run(); },
            [&](std::exception_ptr e) {
                ended = true;
                failure = e;
            });
        io.restart();
        while (!ended)
            io.run_one();
        if (failure)
            std::rethrow_exception(failure);
        return events;
    }

    texts letters()
    {
        return database.list("SELECT concat_ws('|', message_id, reason, sqlstate, column_name, "
                             "detail) FROM sluice.dead_letters ORDER BY message_id");
    }
};

} // namespace

TEST_CASE("bad rows: one bad row, or two, at every place of a batch, and all others are stored")
{
    constexpr unsigned rows = 16;
    constexpr std::size_t parts = transform::row_splitter::fan_out;
    bad_rows_bench bench;
    batch_list source;
    std::set<unsigned> bad;
    std::size_t transactions_max = 0;
    unsigned first = 0;
    for (unsigned one = 0; one < rows; ++one) {
        for (unsigned other = one; other < rows; ++other, first += rows) {
            source.batches.push_back(bench.batch(first, rows));
            bad.insert({first + one, first + other});
            // The batch and its parts; and for each bad row two halves of its part, refused, and
            // stored as a letter.
            transactions_max += 1 + parts + 4 * (one == other ? 1 : 2);
        }
    }
    // Their names are taken.
    texts expected;
    std::string names;
    for (const unsigned number : bad) {
        names += fmt::format("{}('n{}')", names.empty() ? "" : ", ", number);
        expected.push_back(fmt::format("{}|database_refused|23505|constraint own_key",
                                       test::message_bench::id_of(number)));
    }
    bench.database.run("ALTER TABLE items ADD CONSTRAINT own_key UNIQUE (name);"
                       "INSERT INTO items VALUES " +
                       names);

    const splitting_events ended = bench.write(std::move(source));
    CHECK(ended.rows == first - bad.size());
    CHECK(ended.letters == bad.size());
    CHECK(ended.transactions <= transactions_max);
    CHECK(ended.lost == 0);
    CHECK(bench.letters() == expected);
    CHECK(bench.database.count("SELECT count(*) FROM items") == first);
    CHECK(bench.database.count("SELECT count(*) FROM sluice.ledger") == first);
}

TEST_CASE("bad rows: each rule of a table refuses its rows alone, with its SQLSTATE, on both paths")
{
    struct rule
    {
        const char* sql; // refuses these four names
        const char* letter;
    };
    const auto [sql, letter] = GENERATE(
        rule{"ALTER TABLE items ADD CONSTRAINT odd CHECK (name NOT IN ('n5', 'n17', 'n105', "
             "'n117'))",
             "23514|constraint odd"},
        rule{"CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
             "IF NEW.name IN ('n5', 'n17', 'n105', 'n117') THEN NEW.name = NULL; END IF; RETURN "
             "NEW; END $$;"
             "CREATE TRIGGER forget BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION forget();"
             "ALTER TABLE items ALTER name SET NOT NULL",
             "23502|name"},
        rule{"CREATE TABLE known (name text PRIMARY KEY);"
             "INSERT INTO known SELECT 'n' || i FROM generate_series(0, 199) i "
             "WHERE i NOT IN (5, 17, 105, 117);"
             "ALTER TABLE items ADD CONSTRAINT is_known FOREIGN KEY (name) REFERENCES known",
             "23503|constraint is_known"},
        rule{"CREATE TABLE known (name text PRIMARY KEY);"
             "INSERT INTO known SELECT 'n' || i FROM generate_series(0, 199) i "
             "WHERE i NOT IN (5, 17, 105, 117);"
             "ALTER TABLE items ADD CONSTRAINT is_known FOREIGN KEY (name) REFERENCES known "
             "DEFERRABLE INITIALLY DEFERRED",
             "23503|constraint is_known"},
        rule{"INSERT INTO items VALUES ('n5'), ('n17'), ('n105'), ('n117');"
             "ALTER TABLE items ADD CONSTRAINT own_key UNIQUE (name)",
             "23505|constraint own_key"},
        // 9600 characters that do not get shorter.
        rule{"CREATE FUNCTION grown(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT CASE "
             "WHEN $1 IN ('n5', 'n17', 'n105', 'n117') THEN (SELECT string_agg(md5(i::text), '') "
             "FROM generate_series(1, 300) i) ELSE $1 END $$;"
             "CREATE INDEX ON items (grown(name))",
             "54000"},
        rule{"ALTER TABLE items ADD CHECK "
             "(1 / (CASE WHEN name IN ('n5', 'n17', 'n105', 'n117') THEN 0 ELSE 1 END) = 1)",
             "22012"},
        rule{"CREATE FUNCTION object() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
             "IF NEW.name IN ('n5', 'n17', 'n105', 'n117') THEN RAISE '% is not wanted', NEW.name; "
             "END IF; "
             "RETURN NEW; END $$;"
             "CREATE TRIGGER object BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION object()",
             "P0001"});
    CAPTURE(sql);

    bad_rows_bench bench;
    bench.database.run(sql);
    const long long before = bench.database.count("SELECT count(*) FROM items");
    constexpr unsigned rows = 30;
    const auto both = [&bench] {
        batch_list source;
        source.batches.push_back(bench.batch(0, rows, path::fast));
        source.batches.push_back(bench.batch(100, rows, path::careful));
        return source;
    };
    const splitting_events ended = bench.write(both());
    CHECK(ended.rows == 2 * rows - 4);
    CHECK(ended.letters == 4);
    CHECK(bench.database.count("SELECT count(*) FROM items") == before + 2 * rows - 4);
    texts expected;
    for (const unsigned number : {5, 17, 105, 117})
        expected.push_back(
            fmt::format("{}|database_refused|{}", test::message_bench::id_of(number), letter));
    CHECK(bench.letters() == expected);
    CHECK(bench.database.count("SELECT count(*) FROM sluice.ledger") == 2 * rows);

    // Delivered again, they are known: nothing is refused and nothing is stored.
    const splitting_events again = bench.write(both());
    CHECK(again.rows + again.letters == 0);
    CHECK(bench.letters() == expected);
}
