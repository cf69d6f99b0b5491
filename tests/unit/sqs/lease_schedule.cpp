#include "source/sqs/lease_schedule.hpp"

#include "unit/sqs/deliveries.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using sqs::lease_schedule;

namespace {

const steady_time start{1h};

} // namespace

TEST_CASE("lease_schedule: a lease begins a second before the first byte of its response")
{
    test::deliveries all;
    lease_schedule schedule(30s);
    delivery& one = all.make(2);
    schedule.watch(one, start);
    CHECK(one.lease_ends[0] == start + 29s);
    CHECK(one.lease_ends[1] == start + 29s);
}

TEST_CASE("lease_schedule: leases are due at a third of the timeout, and then not for a third")
{
    test::deliveries all;
    lease_schedule schedule(30s);
    schedule.watch(all.make(3), start);
    CHECK(schedule.next_due() == start + 9s);
    CHECK(schedule.take_due(start + 8999ms).empty());
    CHECK(schedule.take_due(start + 9s).size() == 3);
    CHECK(schedule.take_due(start + 9s).empty());
    CHECK(schedule.next_due() == start + 19s);
}

TEST_CASE("lease_schedule: a timeout of a second or two is no reason to extend without a pause")
{
    for (const auto visibility : {1s, 2s}) {
        test::deliveries all;
        lease_schedule schedule(visibility);
        schedule.watch(all.make(1), start);
        int calls = 0;
        for (steady_time now = start; now < start + 10s; now += 1ms)
            calls += schedule.take_due(now).empty() ? 0 : 1;
        CHECK(calls >= 10s / visibility);
        CHECK(calls <= 4 * (10s / visibility));
    }
}

TEST_CASE("lease_schedule: an extension lasts from the beginning of the call")
{
    test::deliveries all;
    lease_schedule schedule(30s);
    delivery& one = all.make(1);
    schedule.watch(one, start);
    schedule.extended({&one, 0}, start + 9s);
    CHECK(one.lease_ends[0] == start + 38s);
}

TEST_CASE("lease_schedule: messages of several deliveries share a call, never more than ten")
{
    test::deliveries all;
    lease_schedule schedule(30s);
    for (int i = 0; i < 5; ++i)
        schedule.watch(all.make(4), start);
    CHECK(schedule.take_due(start + 10s).size() == 8);
    CHECK(schedule.take_due(start + 10s).size() == 8);
    CHECK(schedule.take_due(start + 10s).size() == 4);
    CHECK(schedule.take_due(start + 10s).empty());
}

TEST_CASE("lease_schedule: what is committed, ended or lost is not extended")
{
    test::deliveries all;
    lease_schedule schedule(30s);
    delivery& one = all.make(4);
    schedule.watch(one, start);
    one.state[0] = custody::committed;
    one.state[1] = custody::ended;
    one.not_extended.set(2);
    const auto due = schedule.take_due(start + 10s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].index == 3);
    one.state[3] = custody::committed;
    CHECK(schedule.take_due(start + 20s).empty());
    CHECK(schedule.next_due() == never);
}

TEST_CASE("lease_schedule: a delivery that dies leaves it")
{
    lease_schedule schedule(30s);
    {
        test::deliveries all;
        schedule.watch(all.make(1), start);
    }
    CHECK(schedule.next_due() == never);
    CHECK(schedule.take_due(start + 1h).empty());
}

TEST_CASE("lease_schedule: a failed extension is due again soon")
{
    test::deliveries all;
    lease_schedule schedule(30s);
    delivery& one = all.make(1);
    schedule.watch(one, start);
    CHECK(schedule.take_due(start + 10s).size() == 1);
    schedule.failed(one, start + 11s);
    CHECK(schedule.next_due() == start + 13s);
    CHECK(schedule.take_due(start + 13s).size() == 1);
}

TEST_CASE("lease_schedule: after a standstill everything is due")
{
    test::deliveries all;
    lease_schedule schedule(30s);
    schedule.watch(all.make(10), start);
    schedule.watch(all.make(10), start + 1s);
    schedule.suspect_all(start + 2s);
    CHECK(schedule.take_due(start + 2s).size() == 10);
    CHECK(schedule.take_due(start + 2s).size() == 10);
}

TEST_CASE("lease_schedule: tells the lease that is nearest to its end")
{
    test::deliveries all;
    lease_schedule schedule(30s);
    CHECK(schedule.least_remaining(start) == 30s);
    schedule.watch(all.make(1), start);
    schedule.watch(all.make(1), start - 5s);
    CHECK(schedule.least_remaining(start) == 24s);
}
