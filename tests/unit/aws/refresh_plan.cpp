#include "aws/identity/refresh_plan.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using aws::refresh_plan;
using step = refresh_plan::step;

namespace {

// A die that always shows the same.
class fixed_random final : public random_source
{
public:
    explicit fixed_random(double unit) : value_(static_cast<std::uint64_t>(unit * 0x1.0p64)) {}
    [[nodiscard]] std::uint64_t next() override { return value_; }

private:
    std::uint64_t value_;
};

const steady_time start{100h};

} // namespace

TEST_CASE("refresh_plan: at first somebody must ask")
{
    CHECK(refresh_plan(false).next(start) == step::obtain);
}

TEST_CASE("refresh_plan: what never expires is never asked for again")
{
    fixed_random random(0);
    refresh_plan plan(false);
    plan.fetched(start, std::nullopt, random);
    CHECK(plan.next(start + 100'000h) == step::use);
}

TEST_CASE("refresh_plan: the next set is got ahead of expiry, and the jitter is within its bound")
{
    for (const double unit : {0.0, 0.5, 0.999}) {
        fixed_random random(unit);
        refresh_plan plan(false);
        plan.fetched(start, 6h, random);
        CHECK(plan.next(start + 6h - 15min - 1ms) == step::use);
        CHECK(plan.next(start + 6h - 12min) == step::refresh);
    }
    fixed_random late(0.5);
    refresh_plan plan(false);
    plan.fetched(start, 6h, late);
    CHECK(plan.next(start + 6h - 15min + 80s) == step::use); // 10% of the lead is 90 s
    CHECK(plan.next(start + 6h - 15min + 91s) == step::refresh);
}

TEST_CASE("refresh_plan: a short life is halved")
{
    fixed_random random(0);
    refresh_plan plan(false);
    plan.fetched(start, 10min, random);
    CHECK(plan.next(start + 5min - 1s) == step::use);
    CHECK(plan.next(start + 5min) == step::refresh);
}

TEST_CASE("refresh_plan: a failure ahead of expiry changes nothing but the next question")
{
    fixed_random random(0.999);
    refresh_plan plan(false);
    plan.fetched(start, 1h, random);
    const steady_time due = start + 58min;
    REQUIRE(plan.next(due) == step::refresh);
    plan.failed(due, random);
    CHECK(plan.next(due) == step::use);
    CHECK(plan.next(due + 1s) == step::use);
    CHECK(plan.next(due + 4s) == step::refresh);
    SECTION("what has expired is used no more")
    {
        CHECK(plan.next(start + 1h) == step::obtain);
        plan.failed(start + 1h, random);
        CHECK(plan.next(start + 1h) == step::fail);
        CHECK(plan.next(start + 1h + 10s) == step::obtain);
    }
    SECTION("the pauses grow to a minute and no further")
    {
        steady_time now = due;
        steady_clock::duration longest{};
        for (int i = 0; i < 20; ++i) {
            plan.failed(now, random);
            const steady_time failed_at = now;
            while (plan.next(now) == step::use || plan.next(now) == step::fail)
                now += 100ms;
            longest = std::max(longest, now - failed_at);
        }
        CHECK(longest > 55s);
        CHECK(longest <= 61s + 100ms);
    }
}

TEST_CASE("refresh_plan: what outlives its date is used while the source is down")
{
    fixed_random random(0);
    refresh_plan plan(true);
    plan.fetched(start, 1h, random);
    CHECK(plan.next(start + 2h) == step::refresh);
    plan.failed(start + 2h, random);
    CHECK(plan.next(start + 2h) == step::use);
}

TEST_CASE("refresh_plan: what is given out expired is used, and asked for again after a rest")
{
    for (const double unit : {0.0, 0.999}) {
        fixed_random random(unit);
        refresh_plan plan(false);
        for (const steady_clock::duration life : {steady_clock::duration(-1h), {1ms}}) {
            plan.fetched(start, life, random);
            CHECK(plan.next(start + 5min - 1s) == step::use);
            CHECK(plan.next(start + 10min) == step::refresh);
        }
    }
}

TEST_CASE("refresh_plan: a refusal of the service forces a question, but not one a call")
{
    fixed_random random(0);
    for (const bool outlives : {false, true}) {
        refresh_plan plan(outlives);
        plan.fetched(start, 6h, random);
        plan.refused(start + 1s); // they are fresh: others would be refused as well
        CHECK(plan.next(start + 1s) == step::use);
        plan.refused(start + 1min);
        CHECK(plan.next(start + 1min) == step::obtain);
        plan.failed(start + 1min, random);
        CHECK(plan.next(start + 1min) == (outlives ? step::use : step::fail));
        plan.fetched(start + 2min, 6h, random);
        CHECK(plan.next(start + 2min) == step::use);
    }
}
