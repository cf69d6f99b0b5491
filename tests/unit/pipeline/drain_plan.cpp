#include "pipeline/drain_plan.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using pipeline::drain_plan;

TEST_CASE("drain_plan: polls get two seconds, and everything ends before the deadline")
{
    const steady_time now{1h};
    const drain_plan plan = drain_plan::within(now, 20s);
    CHECK(plan.polls_end == now + 2s);
    CHECK(plan.polls_end < plan.attempts_end);
    CHECK(plan.attempts_end < plan.transforms_end);
    CHECK(plan.transforms_end < plan.commits_end);
    CHECK(plan.commits_end < plan.deletes_end);
    CHECK(plan.deletes_end < plan.leases_end);
    CHECK(plan.leases_end < plan.release_end);
    CHECK(plan.release_end < now + 20s);
}

TEST_CASE("drain_plan: a short deadline shortens each part")
{
    const steady_time now{1h};
    const drain_plan plan = drain_plan::within(now, 1s);
    CHECK(plan.polls_end == now + 200ms);
    CHECK(plan.release_end < now + 1s);
}
