#include "pipeline/transform_worker.hpp"

#include "unit/transform/sample_pipeline.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;
using pipeline::assignment;
using pipeline::transform_worker;
using next = pipeline::transform_worker::next;

namespace {

constexpr steady_time start{1000s};
constexpr std::size_t row_bytes_max = 2000; // a delivery of ten is more
constexpr auto batch_linger = 50ms;

class counting_waker final : public ring::waker
{
public:
    void wake() noexcept override { ++wakes; }

    int wakes = 0;
};

struct bench
{
    // A delivery for the workers, all of its messages.
    assignment deliver(std::size_t count = 10)
    {
        auto& made = *responses.emplace_back(std::make_unique<test::response>());
        for (std::size_t i = 0; i < count; ++i)
            made.add(fmt::format(R"({{"user_id":"{}","ip":"10.0.0.1"}})", std::string(100, 'u')),
                     {.id = fmt::format("{}", next_id++)});
        delivery& all = made.get();
        all.first_lease_ends = start + 30s;
        return {&all, assignment::all_of(count), 0};
    }

    // Steps until it sleeps or ends.
    next run(steady_time now = start)
    {
        for (;;)
            if (const next what = worker.step(now); what == next::sleep || what == next::ended)
                return what;
    }

    std::vector<std::unique_ptr<test::response>> responses;
    int next_id = 0;
    mask::keyring keys = mask::keyring::ephemeral();
    counting_waker waker;
    pipeline::rings work{1000, row_bytes_max};
    transform_worker worker{
        work,
        waker,
        std::make_unique<transform::transformer>(test::compiled(test::user_logins()), &keys),
        {.limits = {.rows = 1000, .bytes = 1 << 20, .linger = batch_linger}, .lease_margin = 10s}};
};

} // namespace

TEST_CASE("transform worker: it begins nothing more while there is much that is not stored")
{
    bench one;
    one.work.push(one.deliver());
    one.work.push(one.deliver());
    CHECK(one.run() == next::sleep);
    CHECK(one.work.memory.used() >= row_bytes_max);
    CHECK(one.work.intake.size() == 1);
    CHECK_FALSE(one.work.idle());

    const int before = one.waker.wakes;
    auto stored = one.work.try_take_batch();
    REQUIRE(stored);
    CHECK(stored->rows.size() == 10);
    one.work.pool.give_back(std::move(stored));
    CHECK(one.waker.wakes == before + 1);
    CHECK(one.run() == next::sleep);
    CHECK(one.work.idle());
}

TEST_CASE("transform worker: what is open leaves at once if writers have nothing else")
{
    bench one;
    one.work.push(one.deliver());
    CHECK(one.run() == next::sleep);
    CHECK(one.work.rows.size() == 1);
    CHECK(one.worker.next_deadline() == never);
}

TEST_CASE("transform worker: else it stays open for its linger, to fill")
{
    bench one;
    one.work.push(one.deliver(2));
    one.work.push(one.deliver(2));
    CHECK(one.run() == next::sleep);
    CHECK(one.work.memory.has_room());
    CHECK(one.work.rows.size() == 0);
    CHECK(one.worker.next_deadline() == start + batch_linger);
    CHECK(one.run(start + batch_linger) == next::sleep);
    CHECK(one.work.rows.size() == 1);
}

TEST_CASE("transform worker: a suspect waits for no room")
{
    bench one;
    one.work.push(one.deliver());
    CHECK(one.run() == next::sleep);
    CHECK_FALSE(one.work.may_begin());
    one.work.push_alone(one.deliver(1));
    CHECK(one.work.has_alone());
    CHECK(one.run() == next::sleep);
    CHECK(one.work.idle());
    CHECK_FALSE(one.work.has_alone());
    one.work.push(one.deliver(1));
    CHECK(one.run() == next::sleep);
    CHECK_FALSE(one.work.idle());
}

TEST_CASE("transform worker: it ends without room, once nothing is left for it")
{
    bench one;
    one.work.push(one.deliver());
    one.work.push(one.deliver());
    CHECK(one.run() == next::sleep);
    one.work.close_intake();
    CHECK(one.run() == next::sleep);
    const auto back = one.work.try_take_back();
    REQUIRE(back);
    CHECK(one.run() == next::ended);
    CHECK(one.work.rows.closed());
}

TEST_CASE("transform worker: a lease that ended while it waited is no reason for a small batch")
{
    bench one;
    const assignment late = one.deliver(2);
    late.of->first_lease_ends = start - 1s;
    one.work.push(late);
    CHECK(one.run() == next::sleep);
    CHECK(one.worker.next_deadline() == start + batch_linger);
}

TEST_CASE("rings: a batch counts from its first rows on, and empty ones are kept within bounds")
{
    bench one;
    one.work.push(one.deliver(1));
    CHECK(one.run() == next::sleep);
    CHECK(one.work.memory.used() > 0);
    CHECK(one.run(start + batch_linger) == next::sleep);
    auto batch = one.work.try_take_batch();
    REQUIRE(batch);
    CHECK(one.work.memory.used() == batch->bytes());

    REQUIRE_FALSE(batch->columns.empty());
    batch->columns.front().append(std::string(std::size_t{17} << 20, 'x'));
    one.work.pool.give_back(std::move(batch));
    CHECK(one.work.memory.used() == 0);
    CHECK(one.work.pool.take()->capacity() == transform::row_batch{}.capacity());
}
