#include "transform/row_batch.hpp"
#include "transform/row_memory.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace sluice::transform;

namespace {

struct watched
{
    int told = 0;
    row_memory memory{100, [this] { ++told; }};
};

} // namespace

TEST_CASE("row_memory: there is room below the bound")
{
    watched one;
    row_memory::share some;
    CHECK(one.memory.has_room());
    some.set(one.memory, 99);
    CHECK(one.memory.has_room());
    some.set(one.memory, 100);
    CHECK_FALSE(one.memory.has_room());
    CHECK(one.memory.used() == 100);
    CHECK(one.told == 0);
}

TEST_CASE("row_memory: it tells once when there is room again")
{
    watched one;
    row_memory::share some;
    row_memory::share more;
    some.set(one.memory, 80);
    more.set(one.memory, 80);
    more.set(one.memory, 30);
    CHECK(one.told == 0);
    more.set(one.memory, 10);
    CHECK(one.told == 1);
    some.release();
    CHECK(one.told == 1);
    CHECK(one.memory.used() == 10);
    more.set(one.memory, 1000);
    more.release();
    CHECK(one.told == 2);
    CHECK(one.memory.used() == 0);
}

TEST_CASE("row_memory: where nothing is, there is room, however little it may be")
{
    const row_memory none(0, [] {});
    CHECK(none.has_room());
}

TEST_CASE("row_memory: a batch gives back what it counts for, when it is cleared and when it dies")
{
    watched one;
    row_batch batch;
    batch.memory.set(one.memory, 50);
    auto other = std::make_unique<row_batch>();
    other->memory.set(one.memory, 20);
    batch.clear();
    CHECK(one.memory.used() == 20);
    other.reset();
    CHECK(one.memory.used() == 0);
}
