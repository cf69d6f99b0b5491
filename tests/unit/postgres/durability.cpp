#include "sink/postgres/durability.hpp"

#include <catch2/catch.hpp>

using namespace sluice::postgres;

TEST_CASE("durability: the level is what an acknowledged commit survives")
{
    CHECK(durability{"on", "on", "on", ""}.level() == durability_level::crash_safe);
    CHECK(durability{"local", "on", "on", ""}.level() == durability_level::crash_safe);
    CHECK(durability{"local", "on", "on", "a"}.level() == durability_level::crash_safe);
    CHECK(durability{"on", "on", "on", "a"}.level() == durability_level::replicated);
    CHECK(durability{"remote_apply", "on", "on", "a"}.level() == durability_level::replicated);
    CHECK(durability{"on", "off", "on", "a"}.level() == durability_level::at_risk);
    CHECK(durability{"on", "on", "off", "a"}.level() == durability_level::at_risk);
    CHECK(durability{"off", "on", "on", "a"}.level() == durability_level::at_risk);
}

TEST_CASE("durability: every setting that weakens it is told of by its name, and no other")
{
    CHECK(durability{"on", "on", "on", ""}.warnings().empty());
    CHECK(durability{"remote_write", "on", "on", "a"}.warnings().empty());
    CHECK(durability{"local", "on", "on", ""}.warnings().empty());
    const auto all = durability{"off", "off", "off", ""}.warnings();
    REQUIRE(all.size() == 3);
    CHECK_THAT(all[0], Catch::StartsWith("fsync is off"));
    CHECK_THAT(all[1], Catch::StartsWith("full_page_writes is off"));
    CHECK_THAT(all[2], Catch::StartsWith("synchronous_commit is off"));
    const auto local = durability{"local", "on", "on", "a"}.warnings();
    REQUIRE(local.size() == 1);
    CHECK_THAT(local[0], Catch::Contains("do not wait for the standbys"));
}

TEST_CASE("durability: the text begins with the level and names what it rests on")
{
    CHECK(durability{"on", "on", "on", ""}.text() ==
          "crash_safe (synchronous_commit on, fsync on, full_page_writes on, synchronous standbys "
          "none)");
}
