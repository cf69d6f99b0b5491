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
    const wall_time noon{sys_days{std::chrono::year{2026} / 1 / 15} + 12h};
    const day_range around = days_around(noon);
    CHECK(around.first == sys_days{std::chrono::year{2025} / 12 / 30});
    CHECK(around.last == sys_days{std::chrono::year{2026} / 1 / 18});
    CHECK(noon - around.first > 14 * 24h + 12h + 24h);
}
