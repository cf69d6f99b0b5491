#include "aws/clock_skew.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const wall_time here{std::chrono::sys_days{std::chrono::year{2026} / 1 / 15}};

} // namespace

TEST_CASE("clock_skew: up to four minutes are not corrected, more are, both ways")
{
    for (const int sign : {1, -1}) {
        aws::clock_skew skew;
        CHECK_FALSE(skew.correct(here + sign * 4min, here));
        CHECK(skew.offset() == 0ms);
        CHECK(skew.correct(here + sign * (4min + 1ms), here));
        CHECK(skew.offset() == sign * (4min + 1ms));
    }
}

TEST_CASE("clock_skew: a correction is not made twice, so that the call is not tried for ever")
{
    aws::clock_skew skew;
    CHECK(skew.correct(here + 1h, here));
    CHECK_FALSE(skew.correct(here + 1h, here));
    CHECK_FALSE(skew.correct(here + 1h + 3min, here));
    CHECK(skew.offset() == 1h);
}

TEST_CASE("clock_skew: an offset that is no longer true heals the same way")
{
    aws::clock_skew skew;
    CHECK(skew.correct(here - 1h, here));
    CHECK(skew.correct(here, here)); // somebody has set our clock
    CHECK(skew.offset() == 0ms);
}
