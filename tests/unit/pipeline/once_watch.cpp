#include "pipeline/once_watch.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using pipeline::once_watch;
using step = once_watch::step;

namespace {

const steady_time start{1h};

} // namespace

TEST_CASE("once_watch: done after two empty readings a second apart")
{
    once_watch watch(30s);
    CHECK(watch.look(false, start) == step::wait);
    CHECK(watch.look(true, start) == step::read);
    watch.counted(0, start);
    CHECK(watch.look(true, start + 900ms) == step::wait);
    CHECK(watch.look(true, start + 1s) == step::read);
    watch.counted(0, start + 1s);
    CHECK(watch.look(true, start + 1s) == step::done);
}

TEST_CASE("once_watch: a message in between begins it all anew")
{
    once_watch watch(30s);
    CHECK(watch.look(true, start) == step::read);
    watch.counted(0, start);
    CHECK(watch.look(false, start + 500ms) == step::wait);
    CHECK(watch.look(true, start + 1s) == step::read);
    watch.counted(3, start + 1s);
    CHECK(watch.look(true, start + 2s) == step::read);
    watch.counted(0, start + 2s);
    CHECK(watch.look(true, start + 2500ms) == step::wait);
}

TEST_CASE("once_watch: without the right to read, silence for one visibility timeout must do")
{
    once_watch watch(30s);
    CHECK(watch.look(true, start) == step::read);
    watch.may_not_read();
    CHECK(watch.look(true, start + 29s) == step::wait);
    CHECK(watch.look(true, start + 30s) == step::done);
}
