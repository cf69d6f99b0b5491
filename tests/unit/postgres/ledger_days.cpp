#include "sink/postgres/ledger_days.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::postgres;
using namespace std::chrono_literals;

TEST_CASE("ledger_days: a day begins with the key of its first millisecond")
{
    const sys_days day = std::chrono::year{2025} / 11 / 20;
    CHECK(partition_name(day) == "ledger_20251120");
    CHECK(first_key_of(day) == "019a9e8f-9000-0000-0000-000000000000");
    CHECK(first_key_of(day + days{1}) == "019aa3b5-ec00-0000-0000-000000000000");
}

TEST_CASE("ledger_days: a day is made, then attached, so that no writer is locked out")
{
    const auto sql = statements_for_day(std::chrono::year{2025} / 11 / 20);
    REQUIRE(sql.size() == 2);
    CHECK_THAT(sql[0], Catch::StartsWith("CREATE TABLE") && !Catch::Contains("PARTITION OF"));
    CHECK_THAT(sql[1], Catch::Contains("ATTACH PARTITION"));
}

TEST_CASE("ledger_days: the range reaches from the oldest message SQS may still hand out to the "
          "days ahead")
{
    const sys_days day = std::chrono::year{2026} / 1 / 15;
    const day_range before_noon = days_around(wall_time{day + 12h - 1ms});
    CHECK(before_noon.first == sys_days{std::chrono::year{2025} / 12 / 30});
    CHECK(before_noon.last == sys_days{std::chrono::year{2026} / 1 / 18});
    const day_range after_noon = days_around(wall_time{day + 12h});
    CHECK(after_noon.first == sys_days{std::chrono::year{2025} / 12 / 31});
    CHECK(wall_time{day + 12h} - after_noon.first >= ledger_kept);
}

TEST_CASE("ledger_days: a partition's name and a key's uuid give their day back")
{
    const sys_days day = std::chrono::year{2024} / 2 / 29;
    CHECK(day_of_partition(partition_name(day)) == day);
    CHECK(day_of_key(first_key_of(day)) == day);
    CHECK(day_of_key("019a9e8f-8fff-ffff-ffff-ffffffffffff") ==
          sys_days{std::chrono::year{2025} / 11 / 19});
    for (const char* const other : {"ledger", "ledger_floor", "ledger_20250230", "ledger_2025113",
                                    "ledger_2025113x", "ledger_202511300", "ledger_+2251130"})
        CHECK_FALSE(day_of_partition(other));
    CHECK_FALSE(day_of_key("no uuid"));
}

namespace {

const sys_days today = std::chrono::year{2026} / 1 / 15;
const wall_time noon{today + 12h};

std::vector<ledger_day> attached(sys_days first, sys_days last)
{
    std::vector<ledger_day> out;
    for (sys_days day = first; day <= last; day += days{1})
        out.push_back({day, day_state::attached});
    return out;
}

} // namespace

TEST_CASE("ledger_days: an empty ledger gets every day, a full one nothing")
{
    const day_range around = days_around(noon);
    const day_plan all = plan_days({}, std::nullopt, noon, noon);
    CHECK(all.make.size() == 19);
    CHECK(all.make.front() == around.first);
    CHECK(all.make.back() == around.last);
    CHECK(all.go.empty());
    CHECK_FALSE(all.floor);

    const day_plan none = plan_days(attached(around.first, around.last), std::nullopt, noon, noon);
    CHECK(none.make.empty());
    CHECK(none.go.empty());
}

TEST_CASE("ledger_days: what is too old goes, oldest first, and the floor is the day behind it")
{
    const day_range around = days_around(noon);
    std::vector<ledger_day> present = attached(around.first, around.last);
    present.push_back({around.first - days{1}, day_state::attached});
    present.push_back({around.first - days{2}, day_state::detaching});
    present.push_back({around.first - days{3}, day_state::loose});
    const day_plan plan = plan_days(present, around.first - days{3}, noon, noon);
    CHECK(plan.make.empty());
    CHECK(plan.go == std::vector<ledger_day>{{around.first - days{3}, day_state::loose},
                                             {around.first - days{2}, day_state::detaching},
                                             {around.first - days{1}, day_state::attached}});
    CHECK(plan.floor == around.first);
}

TEST_CASE("ledger_days: a day that was closed never comes back, whatever a clock says")
{
    const day_range around = days_around(noon);
    const wall_time slow = noon - 72h;
    std::vector<ledger_day> present = attached(around.first, around.last);
    present.push_back({around.first - days{1}, day_state::loose});
    const day_plan plan = plan_days(present, around.first, slow, slow);
    CHECK(plan.make.empty());
    CHECK(plan.go == std::vector<ledger_day>{{around.first - days{1}, day_state::loose}});
}

TEST_CASE("ledger_days: days are made for both clocks, and go only when both say so")
{
    const day_range around = days_around(noon);
    const std::vector<ledger_day> present = attached(around.first, around.last);
    for (const auto& [here, there] : {std::pair{noon, noon + 24h}, std::pair{noon + 24h, noon}}) {
        const day_plan plan = plan_days(present, std::nullopt, here, there);
        CHECK(plan.go.empty());
        CHECK(plan.make == std::vector<sys_days>{around.last + days{1}});
    }
}

TEST_CASE("ledger_days: on the word of a clock that is years off nothing goes")
{
    const day_range around = days_around(noon);
    const std::vector<ledger_day> present = attached(around.first, around.last);
    const day_plan plan = plan_days(present, std::nullopt, noon + 24h * 365, noon);
    CHECK(plan.go.empty());
    CHECK(plan.make.size() == 19);
    CHECK(plan_days(present, std::nullopt, noon, noon + 24h * 365).make.empty());
}

TEST_CASE("ledger_days: a day that was created but not attached is attached")
{
    const day_range around = days_around(noon);
    std::vector<ledger_day> present = attached(around.first, around.last);
    present.back().state = day_state::loose;
    CHECK(plan_days(present, std::nullopt, noon, noon).make == std::vector<sys_days>{around.last});
}

TEST_CASE("ledger_days: the days left are those that take entries, up to the first gap")
{
    std::vector<ledger_day> present = attached(today, today + days{3});
    CHECK(days_left(present, today) == 3);
    present[2].state = day_state::loose;
    CHECK(days_left(present, today) == 1);
    CHECK(days_left({}, today) == 0);
}
