#include "sink/postgres/writer.hpp"

#include "core/task_group.hpp"
#include "integration/postgres/bench.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace sluice;
using namespace sluice::postgres;
using test::fresh_database;
using test::options_for;
using test::prepare;
using test::real_bench;
using test::rows_of;
using test::two_columns;

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

class counted_events final : public write_events
{
public:
    void committed(std::unique_ptr<transform::row_batch> batch, const commit_outcome& outcome,
                   steady_clock::duration) override
    {
        ++batches;
        rows += outcome.rows_stored;
        duplicates += batch->rows.size() - outcome.rows_stored;
    }
    std::vector<write_job> isolate(write_job, const commit_outcome&) override
    {
        throw std::logic_error("no row here is bad");
    }
    void refused(const server_error&, verdict, follow_up) override {}
    void connected(std::size_t) override {}
    void disconnected(std::size_t, follow_up, std::string_view) override { ++lost; }
    void jobs_waiting() override {}

    std::size_t batches = 0;
    std::size_t rows = 0;
    std::size_t duplicates = 0;
    std::size_t lost = 0;
};

} // namespace

TEST_CASE("writer: overlapping batches of three writers, whose backends are killed again and "
          "again, store every message once")
{
    constexpr std::uint32_t messages = 6000;
    constexpr std::size_t batch_rows = 100;
    constexpr std::size_t writers = 3;
    fresh_database database;
    real_bench bench;
    prepare(bench, database);
    const wall_time now = bench.time.wall_now();

    // Each message stands in two batches, in different company and order.
    batch_list source;
    std::mt19937 shuffle(3);
    std::vector<std::uint32_t> numbers(messages);
    for (std::uint32_t i = 0; i < messages; ++i)
        numbers[i] = i;
    for (int copy = 0; copy < 2; ++copy) {
        std::shuffle(numbers.begin(), numbers.end(), shuffle);
        for (std::size_t at = 0; at < messages; at += batch_rows)
            source.batches.push_back(
                rows_of({numbers.begin() + static_cast<std::ptrdiff_t>(at),
                         numbers.begin() + static_cast<std::ptrdiff_t>(at + batch_rows)},
                        now));
    }
    std::shuffle(source.batches.begin(), source.batches.end(), shuffle);
    const std::size_t batches = source.batches.size();

    seeded_random random(1);
    write_queue queue(random);
    counted_events events;
    const auto sql = std::make_shared<statements>(two_columns());
    std::vector<std::unique_ptr<session>> links;
    std::vector<std::unique_ptr<writer>> all;
    for (std::size_t i = 0; i < writers; ++i) {
        links.push_back(
            std::make_unique<session>(bench.io.get_executor(), bench.blocking.get_executor(),
                                      options_for(database, "test/1/" + std::to_string(i)), sql));
        writer_options options;
        options.index = i;
        options.pauses = {std::chrono::milliseconds(5), std::chrono::milliseconds(50)};
        all.push_back(std::make_unique<writer>(bench.io.get_executor(), bench.time, random,
                                               *links.back(), queue, source, events, options));
    }

    long long killed = 0;
    bench.run([&]() -> awaitable<void> {
        task_group group(bench.io.get_executor(), bench.time);
        std::size_t running = writers;
        for (const auto& each : all) {
            writer& one = *each;
            group.spawn([&one, &running]() -> awaitable<void> {
                co_await one.run();
                --running;
            });
        }
        group.spawn([&]() -> awaitable<void> {
            sleeper pause(bench.time);
            while (running > 0) {
                co_await pause.sleep_for(std::chrono::milliseconds(10));
                if (killed < 20)
                    killed += database.kill_sessions();
            }
        });
        co_await group.join();
    });

    CHECK(events.batches == batches);
    CHECK(killed > 0);
    CHECK(events.lost > 0);
    CHECK(database.count("SELECT count(*) FROM items") == messages);
    CHECK(database.count("SELECT count(DISTINCT number) FROM items") == messages);
    CHECK(database.count("SELECT count(*) FROM sluice.ledger") == messages);
}
