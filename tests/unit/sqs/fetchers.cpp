#include "source/sqs/fetchers.hpp"

#include "support/virtual_clock.hpp"
#include "unit/sqs/scripted_queue.hpp"

#include <catch2/catch.hpp>

#include <optional>

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::sqs;
using test::test_bench;

namespace {

// Polls end when and how a test says.
class polled_queue final : public queue
{
public:
    using answer = std::function<awaitable<void>(std::size_t poll, response_room& room)>;

    explicit polled_queue(sluice::clock& time) : clock_(time) {}

    awaitable<steady_time> receive(const receive_options&, response_room& room, delivery&) override
    {
        co_await answers(polls++, room);
        co_return clock_.now();
    }
    awaitable<batch_result> remove(std::span<const receipt>) override { co_return batch_result{}; }
    awaitable<batch_result> change_visibility(std::span<const receipt>, seconds) override
    {
        co_return batch_result{};
    }
    awaitable<queue_attributes> attributes() override { co_return queue_attributes{}; }

    awaitable<void> rest(steady_clock::duration span)
    {
        sleeper place(clock_);
        co_await place.sleep_for(span);
    }

    answer answers;
    std::size_t polls = 0;

private:
    sluice::clock& clock_;
};

// Has room for every poll, and remembers until when an answer may wait for room.
class roomy_custodian final : public custodian
{
public:
    awaitable<std::unique_ptr<delivery>> admit() override
    {
        co_return std::make_unique<delivery>();
    }
    awaitable<bool> enlarge(delivery&, std::size_t, steady_time deadline) override
    {
        room_until = deadline;
        co_return true;
    }
    void accept(std::unique_ptr<delivery>) override {}
    void give_back(std::unique_ptr<delivery>) override {}
    void pin(delivery&) override {}
    void unpin(delivery&) override {}
    void deleted(receipt) override {}

    std::optional<steady_time> room_until;
};

struct fetchers_bench : test_bench
{
    explicit fetchers_bench(std::size_t fetchers)
    {
        sqs::fetchers::options how;
        how.range = {fetchers, fetchers};
        made.emplace(io.get_executor(), time, random, from, owner, leases, count, how);
    }

    ~fetchers_bench()
    {
        made->stop();
        made->abandon_polls();
        settle();
    }

    void run()
    {
        start([this]() -> awaitable<void> { co_await made->run(); });
        settle();
    }

    seeded_random random{1};
    polled_queue from{time};
    roomy_custodian owner;
    sqs::counters count;
    lease_keeper leases{io.get_executor(), time, from, owner, count, {.visibility = 30s}};
    std::optional<sqs::fetchers> made;
};

} // namespace

TEST_CASE("fetchers: polls that fail together are one trouble, not one each")
{
    constexpr std::size_t fetchers = 16;
    fetchers_bench bench(fetchers);
    bench.from.answers = [&](std::size_t poll, response_room&) -> awaitable<void> {
        co_await bench.from.rest(10ms);
        if (poll < 2 * fetchers)
            throw queue_error(failure::transient, "a blip");
        co_await bench.from.rest(20s);
    };
    bench.run();
    bench.pass(1s + 2s + 100ms); // the bounds of the first two pauses
    CHECK(bench.from.polls == 3 * fetchers);
}

TEST_CASE("fetchers: one that succeeds ends the pause of the others")
{
    fetchers_bench bench(2);
    bench.from.answers = [&](std::size_t poll, response_room&) -> awaitable<void> {
        if (poll == 0)
            throw queue_error(failure::forbidden, "no right to receive, it seems");
        co_await bench.from.rest(5s);
    };
    bench.run();
    CHECK(bench.made->trouble());
    CHECK(bench.made->answered_at() == steady_time{});
    bench.pass(4s);
    CHECK(bench.from.polls == 2);
    bench.pass(1s);
    CHECK(bench.from.polls == 4);
    CHECK_FALSE(bench.made->trouble());
    CHECK(bench.made->answered_at() == bench.time.now());
}

TEST_CASE("fetchers: an answer waits for room as long as its leases allow, however long it took")
{
    fetchers_bench bench(1);
    bench.from.answers = [&](std::size_t, response_room& room) -> awaitable<void> {
        co_await bench.from.rest(12s);
        co_await room.make_room(100);
        co_await bench.from.rest(1h);
    };
    bench.run();
    bench.pass(12s);
    CHECK(bench.owner.room_until == bench.time.now() + 7500ms);
}
