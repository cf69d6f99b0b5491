#include "sample_pipeline.hpp"
#include "transform/batch_assembler.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::transform;
using namespace std::chrono_literals;
using test::message_options;
using test::response;

class recorder final : public batch_exchange
{
public:
    std::unique_ptr<row_batch> take() override
    {
        ++taken;
        if (spare.empty())
            return std::make_unique<row_batch>();
        auto again = std::move(spare.back());
        spare.pop_back();
        return again;
    }
    void hand_over(std::unique_ptr<row_batch> full) override { out.push_back(std::move(full)); }

    int taken = 0;
    std::vector<std::unique_ptr<row_batch>> spare;
    std::vector<std::unique_ptr<row_batch>> out;
};

struct worker
{
    explicit worker(batch_assembler::options how) : assembler(work, batches, how) {}

    // A delivery of so many messages, all with the given receive count.
    delivery& deliver(std::size_t count, std::uint32_t receive_count = 1)
    {
        auto& made = *responses.emplace_back(std::make_unique<response>());
        for (std::size_t i = 0; i < count; ++i)
            made.add(R"({"user_id":"u1","ip":"10.0.0.1"})",
                     {.id = fmt::format("{}", next_id++), .receive_count = receive_count});
        return made.get();
    }

    mask::keyring keys = mask::keyring::ephemeral();
    transformer work{test::compiled(test::user_logins()), &keys};
    recorder batches;
    batch_assembler assembler;
    std::vector<std::unique_ptr<response>> responses;
    int next_id = 0;
};

constexpr steady_time start = steady_time(1000s);

batch_assembler::options limits(std::size_t rows, std::size_t bytes = 1 << 20)
{
    return {.limits = {.rows = rows, .bytes = bytes, .linger = 50ms}, .lease_margin = 10s};
}

} // namespace

TEST_CASE("assembler: nothing is open before the first message")
{
    worker one(limits(10));
    CHECK(one.assembler.next_deadline() == never);
    one.assembler.flush_due(never);
    one.assembler.flush_all();
    CHECK(one.batches.out.empty());
    CHECK(one.batches.taken == 0);
}

TEST_CASE("assembler: a batch leaves when it has its rows, sorted and in step")
{
    worker one(limits(4));
    one.assembler.take(one.deliver(10), start, never);
    REQUIRE(one.batches.out.size() == 2);
    for (const auto& batch : one.batches.out) {
        CHECK(batch->rows.size() == 4);
        CHECK(batch->ledger_ids.count() == 4);
        CHECK(batch->way == row_batch::path::fast);
    }
    one.assembler.flush_all();
    REQUIRE(one.batches.out.size() == 3);
    CHECK(one.batches.out[2]->rows.size() == 2);
    CHECK(one.assembler.next_deadline() == never);
}

TEST_CASE("assembler: a batch leaves when it has its bytes")
{
    worker one(limits(1000, 2048));
    one.assembler.take(one.deliver(10), start, never);
    one.assembler.take(one.deliver(10), start, never);
    one.assembler.take(one.deliver(10), start, never);
    REQUIRE_FALSE(one.batches.out.empty());
    CHECK(one.batches.out[0]->bytes() >= 2048);
    CHECK(one.batches.out[0]->rows.size() < 30);
}

TEST_CASE("assembler: a batch leaves when its linger ends, counted from its first message")
{
    worker one(limits(100));
    one.assembler.take(one.deliver(1), start, never);
    CHECK(one.assembler.next_deadline() == start + 50ms);
    one.assembler.take(one.deliver(1), start + 40ms, never);
    CHECK(one.assembler.next_deadline() == start + 50ms);
    one.assembler.flush_due(start + 50ms - 1ns);
    CHECK(one.batches.out.empty());
    one.assembler.flush_due(start + 50ms);
    REQUIRE(one.batches.out.size() == 1);
    CHECK(one.batches.out[0]->rows.size() == 2);
    CHECK(one.batches.out[0]->opened == start);
    CHECK(one.assembler.next_deadline() == never);
}

TEST_CASE("assembler: a batch leaves when its first lease comes near, however young it is")
{
    worker one(limits(100));
    one.assembler.take(one.deliver(1), start, start + 30s);
    CHECK(one.assembler.next_deadline() == start + 50ms);
    one.assembler.take(one.deliver(1), start + 1ms, start + 10s + 20ms);
    CHECK(one.assembler.next_deadline() == start + 20ms);
    one.assembler.flush_due(start + 20ms);
    REQUIRE(one.batches.out.size() == 1);
    CHECK(one.batches.out[0]->first_lease_ends == start + 10s + 20ms);
}

TEST_CASE("assembler: messages that were received before go the careful way, apart")
{
    worker one(limits(100));
    one.assembler.take(one.deliver(2), start, never);
    one.assembler.take(one.deliver(3, 2), start + 10ms, never);
    CHECK(one.assembler.next_deadline() == start + 50ms);
    one.assembler.flush_due(start + 50ms);
    REQUIRE(one.batches.out.size() == 1);
    CHECK(one.batches.out[0]->way == row_batch::path::fast);
    CHECK(one.batches.out[0]->rows.size() == 2);
    CHECK(one.assembler.next_deadline() == start + 60ms);
    one.assembler.flush_due(start + 60ms);
    REQUIRE(one.batches.out.size() == 2);
    CHECK(one.batches.out[1]->way == row_batch::path::careful);
    CHECK(one.batches.out[1]->rows.size() == 3);
}

TEST_CASE("assembler: flush_all hands over both batches")
{
    worker one(limits(100));
    one.assembler.take(one.deliver(1), start, never);
    one.assembler.take(one.deliver(1, 5), start, never);
    one.assembler.flush_all();
    CHECK(one.batches.out.size() == 2);
}

TEST_CASE("assembler: dead letters, duplicates and damaged messages count and leave with the batch")
{
    worker one(limits(4));
    response mixed;
    mixed.add(R"({"user_id":"u1"})", {.id = "a"});
    mixed.add(R"({"user_id":"u1"})", {.id = "a"});
    mixed.add("{}", {.id = "b"});
    message_options damaged{.id = "c"};
    damaged.md5 = std::string(32, '0');
    mixed.add("{}", damaged);
    one.assembler.take(mixed.get(), start, never);
    REQUIRE(one.batches.out.size() == 1);
    const row_batch& batch = *one.batches.out[0];
    CHECK(batch.rows.size() == 1);
    CHECK(batch.duplicates.size() == 1);
    CHECK(batch.letter_entries.size() == 1);
    CHECK(batch.corrupt.size() == 1);
    CHECK(batch.duplicates[0].index == 1);
    CHECK(batch.corrupt[0].index == 3);
}

TEST_CASE("assembler: a batch that comes back is used again, with nothing of before")
{
    worker one(limits(2));
    one.assembler.take(one.deliver(2, 3), start, start + 20s);
    REQUIRE(one.batches.out.size() == 1);
    one.batches.out[0]->clear();
    const row_batch* const first = one.batches.out[0].get();
    one.batches.spare.push_back(std::move(one.batches.out[0]));
    one.batches.out.clear();
    one.assembler.take(one.deliver(2), start + 1s, never);
    REQUIRE(one.batches.out.size() == 1);
    CHECK(one.batches.out[0].get() == first);
    CHECK(one.batches.out[0]->way == row_batch::path::fast);
    CHECK(one.batches.out[0]->opened == start + 1s);
    CHECK(one.batches.out[0]->first_lease_ends == never);
    CHECK(one.batches.out[0]->rows.size() == 2);
}

TEST_CASE("assembler: what must stay together is in one batch, however many rows that makes")
{
    auto how = limits(4);
    how.keeps_order = true;
    worker one(how);
    one.assembler.take_together(one.deliver(10), 0b11'1111'1111, start, never);
    REQUIRE(one.batches.out.size() == 1);
    CHECK(one.batches.out[0]->rows.size() == 10);
    CHECK(one.batches.out[0]->way == row_batch::path::fast);
    one.assembler.take_together(one.deliver(10), 0b101, start, never);
    CHECK(one.batches.out.size() == 1);
    CHECK(one.assembler.next_deadline() == start + 50ms);
}

TEST_CASE("assembler: one message that came before takes all that stay together the careful way")
{
    worker one(limits(100));
    response mixed;
    for (const std::uint32_t count : {1U, 2U, 1U})
        mixed.add(R"({"user_id":"u1","ip":"10.0.0.1"})",
                  {.id = fmt::format("{}", one.next_id++), .receive_count = count});
    one.assembler.take_together(mixed.get(), 0b111, start, never);
    one.assembler.flush_all();
    REQUIRE(one.batches.out.size() == 1);
    CHECK(one.batches.out[0]->way == row_batch::path::careful);
    CHECK(one.batches.out[0]->rows.size() == 3);
}

TEST_CASE("assembler: behind a damaged message nothing of its group is stored")
{
    worker one(limits(100));
    response mixed;
    const auto add = [&](const char* group, bool damaged) {
        message_options with{.id = fmt::format("{}", one.next_id++), .group_id = group};
        if (damaged)
            with.md5 = std::string(32, '0');
        mixed.add(R"({"user_id":"u1","ip":"10.0.0.1"})", with);
    };
    add("a", false);
    add("a", true);
    add("b", false);
    add("a", false);
    add("a", true);
    one.assembler.take_together(mixed.get(), 0b11111, start, never);
    one.assembler.flush_all();
    REQUIRE(one.batches.out.size() == 1);
    const row_batch& batch = *one.batches.out[0];
    std::vector<int> rows;
    for (const row_batch::entry& each : batch.rows)
        rows.push_back(each.from.index);
    CHECK(rows == std::vector<int>{0, 2});
    std::vector<int> corrupt;
    for (const receipt each : batch.corrupt)
        corrupt.push_back(each.index);
    CHECK(corrupt == std::vector<int>{1, 3, 4});
}
