#include "admin/paced_text.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("paced_text: it is made anew as often as the rate allows, and else given again")
{
    int made = 0;
    admin::paced_text text({.per_second = 10, .burst = 2}, [&] { return std::to_string(++made); });
    const steady_time start{1h};
    CHECK(text.get(start) == "1");
    for (const char* const expected : {"2", "3", "3"})
        CHECK(text.get(start) == expected);
    CHECK(text.get(start + 99ms) == "3");
    CHECK(text.get(start + 100ms) == "4");
    CHECK(text.get(start + 100ms) == "4");
}

TEST_CASE("paced_text: what is outdated is given to nobody")
{
    int made = 0;
    admin::paced_text text({.per_second = 10, .burst = 1}, [&] { return std::to_string(++made); });
    const steady_time now{1h};
    CHECK(text.get(now) == "1");
    CHECK(text.get(now) == "2");
    CHECK(text.get(now) == "2");
    text.outdate();
    CHECK(text.get(now) == "3");
    CHECK(text.get(now) == "3");
}

TEST_CASE("paced_text: one that could not be made is tried again by the next who asks")
{
    bool fails = false;
    admin::paced_text text({.per_second = 10, .burst = 1}, [&] {
        if (fails)
            throw std::runtime_error("out of memory");
        return std::string("well");
    });
    const steady_time now{1h};
    CHECK(text.get(now) == "well");
    fails = true;
    CHECK_THROWS(text.get(now + 1s));
    CHECK_THROWS(text.get(now + 1s));
    fails = false;
    CHECK(text.get(now + 1s) == "well");
}
