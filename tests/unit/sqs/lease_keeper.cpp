#include "source/sqs/lease_keeper.hpp"

#include "support/virtual_clock.hpp"
#include "unit/sqs/deliveries.hpp"
#include "unit/sqs/scripted_queue.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::sqs;
using test::test_bench;

namespace {

struct lease_bench : test_bench
{
    test::deliveries all;
    test::scripted_queue from{time};
    test::counting_custodian owner;
    counters count;
    lease_keeper leases{io.get_executor(), time, from, owner, count, {.visibility = 30s}};
    bool forgotten = false;

    ~lease_bench()
    {
        leases.abandon();
        settle();
    }

    delivery& watched(std::size_t messages)
    {
        delivery& made = all.make(messages);
        leases.watch(made, time.now());
        return made;
    }

    void run()
    {
        start([this]() -> awaitable<void> { co_await leases.run(); });
        settle();
    }

    void forget(receipt which)
    {
        start([this, which]() -> awaitable<void> {
            const std::array one{which};
            co_await leases.forget(one);
            forgotten = true;
        });
        settle();
    }
};

} // namespace

TEST_CASE_METHOD(lease_bench, "lease_keeper: what is in work is extended at a third of its timeout")
{
    const delivery& held = watched(3);
    run();
    pass(8s); // the lease began a second before its first byte came
    CHECK(from.extensions.empty());
    pass(1s);
    CHECK(owner.pinned == held.count); // while the call runs
    pass(1s);
    REQUIRE(from.extensions.size() == 1);
    CHECK(from.extensions[0].size() == held.count);
    CHECK(owner.pinned == 0);
}

TEST_CASE_METHOD(lease_bench, "lease_keeper: what is forgotten is extended no more, others are")
{
    delivery& held = watched(3);
    run();
    forget({&held, 1});
    CHECK(forgotten); // nothing was running
    pass(11s);
    REQUIRE(from.extensions.size() == 1);
    CHECK(from.extensions[0] == std::vector<receipt>{{&held, 0}, {&held, 2}});
}

TEST_CASE_METHOD(lease_bench, "lease_keeper: to forget waits for the calls that are running")
{
    delivery& held = watched(1);
    from.latency = 2s;
    run();
    pass(9s);
    REQUIRE(from.extensions.size() == 1);
    forget({&held, 0});
    CHECK_FALSE(forgotten);
    pass(1s);
    watched(1);
    CHECK_FALSE(forgotten);
    pass(1s);
    CHECK(forgotten);
    CHECK(from.extensions.size() == 1);
}
