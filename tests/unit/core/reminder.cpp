#include "core/reminder.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("reminder: at first, then once a minute, and at once when it is another trouble")
{
    const steady_time start{100h};
    reminder it;
    CHECK(it.due(start));
    CHECK_FALSE(it.due(start));
    CHECK_FALSE(it.due(start + 59s));
    CHECK(it.due(start + 60s));
    CHECK_FALSE(it.due(start + 119s));
    it.reset();
    CHECK(it.due(start + 119s));
}
