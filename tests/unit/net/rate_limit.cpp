#include "net/rate_limit.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("rate_limit: a burst passes at once, and then one an interval")
{
    net::rate_limit limit({.per_second = 10, .burst = 3});
    const steady_time start{1h};
    CHECK(limit.take(start) == 0ms);
    CHECK(limit.take(start) == 0ms);
    CHECK(limit.take(start) == 0ms);
    CHECK(limit.take(start) == 100ms);
    CHECK(limit.take(start) == 200ms); // each has a turn of its own
    CHECK(limit.take(start + 250ms) == 50ms);
}

TEST_CASE("rate_limit: a rest gives the burst back, and no more than that")
{
    net::rate_limit limit({.per_second = 10, .burst = 2});
    steady_time now{1h};
    for (int round = 0; round < 3; ++round) {
        CHECK(limit.take(now) == 0ms);
        CHECK(limit.take(now) == 0ms);
        CHECK(limit.take(now) == 100ms);
        now += 24h;
    }
    CHECK(limit.take(now - 24h + 200ms) == 0ms);
    CHECK(limit.take(now - 24h + 200ms) == 100ms);
}

TEST_CASE("rate_limit: a turn that is not due is not taken")
{
    net::rate_limit limit({.per_second = 10, .burst = 2});
    const steady_time start{1h};
    CHECK(limit.take_if_due(start));
    CHECK(limit.take_if_due(start));
    for (int i = 0; i < 1000; ++i)
        CHECK_FALSE(limit.take_if_due(start + 99ms));
    CHECK(limit.take_if_due(start + 100ms));
    CHECK_FALSE(limit.take_if_due(start + 100ms));
    CHECK(limit.take_if_due(start + 24h));
}

TEST_CASE("rate_limit: without a limit nobody waits")
{
    net::rate_limit limit({});
    for (int i = 0; i < 1000; ++i) {
        CHECK(limit.take(steady_time{1h}) == 0ms);
        CHECK(limit.take_if_due(steady_time{1h}));
    }
}
