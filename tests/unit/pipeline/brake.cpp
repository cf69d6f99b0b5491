#include "pipeline/brake.hpp"

#include "pipeline/breaker.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using pipeline::brake;
using pipeline::breaker;

namespace {

constexpr steady_time start{std::chrono::hours{1}};

} // namespace

TEST_CASE("brake: needs both the share and the count")
{
    brake one({.share_percent = 20, .count = 100, .window = 60s});
    CHECK_FALSE(one.stored(start, 99, 99)); // all of them, but too few
    CHECK_FALSE(one.stored(start, 401, 1)); // 100 of 500 is 20 %, not more
    CHECK(one.stored(start, 1, 1));         // 101 of 501 is
    CHECK(one.text().find("101 of 501") != std::string::npos);
}

TEST_CASE("brake: what is older than the window is forgotten")
{
    brake one({.share_percent = 20, .count = 100, .window = 60s});
    CHECK_FALSE(one.stored(start, 90, 90));
    CHECK_FALSE(one.stored(start + 61s, 90, 90));
    CHECK(one.stored(start + 100s, 10, 10));
}

TEST_CASE("brake: begins anew after it was pulled, and may be off")
{
    brake one({.share_percent = 20, .count = 10, .window = 60s});
    CHECK(one.stored(start, 10, 10));
    CHECK_FALSE(one.stored(start, 9, 9));
    brake none({.on = false, .share_percent = 1, .count = 1, .window = 60s});
    CHECK_FALSE(none.stored(start, 1000, 1000));
}

TEST_CASE("brake: once released, what was stored before counts no more")
{
    brake one({.share_percent = 20, .count = 10, .window = 60s});
    CHECK(one.stored(start, 10, 10));
    CHECK_FALSE(one.stored(start, 9, 9)); // was under way when it was pulled
    one.begin_anew();
    CHECK_FALSE(one.stored(start, 9, 9));
    CHECK(one.stored(start, 1, 1));
}

TEST_CASE("breaker: the brake holds it, whatever the connections do")
{
    breaker gate(1);
    gate.connected(0);
    gate.pull_brake("too many dead letters");
    CHECK(gate.now() == breaker::state::braked);
    CHECK(gate.needs_person());
    CHECK_FALSE(gate.may_receive());
    gate.disconnected(0, false, "lost");
    gate.connected(0);
    CHECK_FALSE(gate.may_receive());
    CHECK(gate.text() == "too many dead letters");
    gate.release_brake();
    CHECK(gate.may_receive());
    CHECK(gate.text().empty());
}

TEST_CASE("breaker: released without a connection, it says what became of the last one")
{
    breaker gate(1);
    gate.connected(0);
    gate.pull_brake("too many dead letters");
    gate.disconnected(0, false, "lost");
    gate.release_brake();
    CHECK(gate.now() == breaker::state::open);
    CHECK(gate.text() == "lost");
}
