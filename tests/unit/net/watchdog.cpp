#include "net/watchdog.hpp"

#include "loop.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct counted final : net::watched
{
    int looks = 0;
    bool leaves = false;

    void look(steady_time) noexcept override
    {
        ++looks;
        if (leaves)
            net::watchdog::remove(*this);
    }
};

} // namespace

TEST_CASE("watchdog: looks at everything once a tick")
{
    test::loop loop;
    net::watchdog dog(loop.time, 100ms);
    counted first;
    counted second;
    dog.add(first);
    dog.add(second);
    loop.start([&dog] { return dog.run(); });
    loop.io.poll();
    for (int tick = 1; tick <= 3; ++tick) {
        const int before = first.looks;
        loop.pass(100ms);
        loop.io.poll();
        CHECK(first.looks == before + 1);
        CHECK(second.looks == first.looks);
    }
    dog.stop();
    loop.finish();
}

TEST_CASE("watchdog: sleeps without a deadline while there is nothing to look at")
{
    test::loop loop;
    net::watchdog dog(loop.time, 100ms);
    loop.start([&dog] { return dog.run(); });
    loop.io.poll();
    CHECK(loop.time.earliest() == never);
    {
        counted item;
        dog.add(item);
        loop.io.poll();
        CHECK(loop.time.earliest() == loop.time.now() + 100ms);
    }
    // The item has died, and with it the last reason to tick.
    loop.pass(100ms);
    loop.io.poll();
    CHECK(loop.time.earliest() == never);
    dog.stop();
    loop.finish();
}

TEST_CASE("watchdog: an item may leave while it is looked at")
{
    test::loop loop;
    net::watchdog dog(loop.time, 100ms);
    counted leaving;
    counted staying;
    leaving.leaves = true;
    dog.add(leaving);
    dog.add(staying);
    loop.start([&dog] { return dog.run(); });
    loop.io.poll();
    loop.pass(100ms);
    loop.io.poll();
    loop.pass(100ms);
    loop.io.poll();
    CHECK(leaving.looks == 1);
    CHECK(staying.looks >= 2);
    dog.stop();
    loop.finish();
}
