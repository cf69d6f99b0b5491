#include "pipeline/in_flight.hpp"

#include "support/virtual_clock.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
using pipeline::assignment;
using pipeline::record_result;

namespace {

constexpr std::size_t response_bytes = std::size_t{100} << 10; // larger than what is kept for reuse
constexpr pipeline::amount limit{100, std::size_t{1} << 20};

struct bench : test::test_bench
{
    bench() { gate.connected(0); }

    // A response with so many messages; each body is a piece of its buffer.
    delivery& receive(std::size_t messages)
    {
        std::unique_ptr<delivery> made;
        start([&]() -> awaitable<void> {
            made = co_await held.admit();
            co_await held.enlarge(*made, response_bytes, never);
        });
        settle();
        REQUIRE(made);
        made->buffer.append(std::string(response_bytes, 'x'));
        for (; made->count < messages; ++made->count)
            made->messages[made->count].body = made->buffer.view().substr(made->count, 1000);
        delivery& out = *made;
        held.accept(std::move(made));
        return out;
    }

    // What a worker begins.
    assignment begin()
    {
        assignment out;
        REQUIRE(work.intake.try_pop(out));
        return out;
    }

    pipeline::breaker gate{1};
    pipeline::counters count;
    pipeline::rings work{limit.messages};
    pipeline::intake_gate intake{work, {}};
    pipeline::in_flight held{time, limit, gate, intake, count};
};

} // namespace

TEST_CASE("in_flight: what has ended is used for the next response")
{
    bench one;
    delivery& first = one.receive(1);
    static_cast<void>(one.begin());
    one.held.ended({&first, 0}, record_result::released);
    CHECK(one.held.messages() == 0);
    CHECK(one.held.use().used().bytes == 0);
    CHECK(first.count == 0);
    CHECK(first.buffer.capacity() == 0);
    CHECK(&one.receive(2) == &first);
}

TEST_CASE("in_flight: what is given up stays whole, since a worker may be inside")
{
    bench one;
    one.receive(3);
    const assignment begun = one.begin();
    const char* const bytes = begun.of->buffer.data();
    one.held.close();
    one.held.give_up();
    CHECK(one.held.messages() == 0);
    CHECK(one.held.use().used().bytes == 0);
    CHECK(one.held.use().used().messages == 0);
    CHECK(one.count.records.of(record_result::lost) == 3);
    CHECK(one.count.conservation_gap() == 0);
    // The worker goes on.
    CHECK(begun.of->count == 3);
    CHECK(begun.of->buffer.data() == bytes);
    CHECK(begun.of->messages[2].body == std::string(1000, 'x'));
}

TEST_CASE("in_flight: so it does when a call that names it ends later")
{
    bench one;
    one.receive(1);
    const assignment begun = one.begin();
    one.held.pin(*begun.of);
    one.held.close();
    one.held.give_up();
    one.held.unpin(*begun.of);
    CHECK(begun.of->count == 1);
    CHECK(begun.of->messages[0].body == std::string(1000, 'x'));
}
