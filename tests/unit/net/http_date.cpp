#include "net/http_date.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const wall_time a_day{std::chrono::sys_days{std::chrono::year{2026} / 1 / 15} + 9h + 30min};

} // namespace

TEST_CASE("http_date: writes the form that RFC 9110 demands")
{
    net::http_date date;
    CHECK(date.text(a_day) == "Thu, 15 Jan 2026 09:30:00 GMT");
    CHECK(date.text(a_day + 999ms) == "Thu, 15 Jan 2026 09:30:00 GMT");
    CHECK(date.text(a_day + 1000ms) == "Thu, 15 Jan 2026 09:30:01 GMT");
    CHECK(date.text(wall_time{}) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("http_date: reads what it writes")
{
    net::http_date date;
    for (const auto moment : {a_day, a_day + 31 * 24h, wall_time{} + 86'399'000ms})
        CHECK(net::parse_http_date(date.text(moment)) == moment);
    CHECK(net::parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT").has_value()); // a leap second
}

TEST_CASE("http_date: anything else is no date")
{
    for (const char* const text :
         {"", "Thu, 15 Jan 2026 09:30:00", "Thursday, 15-Jan-26 09:30:00 GMT",
          "Thu Jan 15 09:30:00 2026", "Thu, 15 Foo 2026 09:30:00 GMT",
          "Thu, 31 Feb 2026 09:30:00 GMT", "Thu, 15 Jan 2026 24:30:00 GMT",
          "Thu, 15 Jan 2026 09:61:00 GMT", "Thu, 15 Jan 2026 09:30:61 GMT",
          "Thu, 1x Jan 2026 09:30:00 GMT", "Thu, 15 Jan 2026 09:30:0- GMT",
          "Thu, 15 Jan -026 09:30:00 GMT", "Thu, 15 Jan 2026 09:30:00 CET",
          "Thu; 15 Jan 2026 09:30:00 GMT", "Thu, 15-Jan-2026 09:30:00 GMT",
          "Thu, 15 Jan 2026x09:30:00 GMT", "Thu, 15 Jan 2026 09.30.00 GMT"}) {
        CAPTURE(text);
        CHECK_FALSE(net::parse_http_date(text).has_value());
    }
}
