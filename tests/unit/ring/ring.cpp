#include "ring/ring.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <numeric>
#include <thread>
#include <vector>

using sluice::ring::ring;

TEST_CASE("ring: items come out in the order they went in")
{
    ring<int> items(8);
    for (int lap = 0; lap < 100; ++lap) {
        for (int i = 0; i < 5; ++i)
            REQUIRE(items.try_push(lap * 5 + i));
        for (int i = 0; i < 5; ++i) {
            int out = -1;
            REQUIRE(items.try_pop(out));
            CHECK(out == lap * 5 + i);
        }
    }
}

TEST_CASE("ring: a full ring takes nothing, an empty one gives nothing")
{
    ring<int> items(4);
    int out = 0;
    CHECK_FALSE(items.try_pop(out));
    for (int i = 0; i < 4; ++i)
        CHECK(items.try_push(i));
    CHECK_FALSE(items.try_push(4));
    CHECK(items.size() == 4);
    CHECK(items.try_pop(out));
    CHECK(items.try_push(4));
}

TEST_CASE("ring: a batch goes in as far as there is room, and in one piece")
{
    ring<int> items(4);
    std::vector<int> in(6);
    std::iota(in.begin(), in.end(), 0);
    CHECK(items.try_push(std::span<int>(in)) == 4);
    std::vector<int> out(3);
    CHECK(items.try_pop(std::span<int>(out)) == 3);
    CHECK(out == std::vector<int>{0, 1, 2});
    CHECK(items.try_push(std::span<int>(in).subspan(4)) == 2);
    CHECK(items.try_pop(std::span<int>(out)) == 3);
    CHECK(out == std::vector<int>{3, 4, 5});
}

TEST_CASE("ring: items that can only be moved are moved, and die with the ring")
{
    auto counted = std::make_shared<int>(7);
    {
        ring<std::shared_ptr<int>> items(2);
        CHECK(items.try_push(counted));
        CHECK(counted.use_count() == 2);
    }
    CHECK(counted.use_count() == 1);
    ring<std::unique_ptr<int>> owners(2);
    CHECK(owners.try_push(std::make_unique<int>(1)));
    std::unique_ptr<int> out;
    CHECK(owners.try_pop(out));
    CHECK(*out == 1);
}

TEST_CASE("ring: after close nothing goes in and everything comes out")
{
    ring<int> items(4);
    CHECK(items.try_push(1));
    items.close();
    CHECK(items.closed());
    CHECK_FALSE(items.drained());
    CHECK_FALSE(items.try_push(2));
    int out = 0;
    CHECK(items.try_pop(out));
    CHECK(items.drained());
    CHECK_FALSE(items.try_pop(out));
}

namespace {

// Every producer pushes 1..per_producer; the sum over all consumers must be what was pushed.
void exchange(std::size_t producers, std::size_t consumers, std::size_t batch)
{
    constexpr std::uint64_t per_producer = 20000;
    ring<std::uint64_t> items(64);
    std::atomic<std::uint64_t> sum{0};
    std::vector<std::jthread> threads;
    std::atomic<std::size_t> producing{producers};
    for (std::size_t i = 0; i < producers; ++i)
        threads.emplace_back([&] {
            std::vector<std::uint64_t> some(batch);
            for (std::uint64_t next = 1; next <= per_producer;) {
                const std::size_t wanted = std::min<std::uint64_t>(batch, per_producer - next + 1);
                std::iota(some.begin(), some.end(), next);
                std::size_t done = 0;
                while (done < wanted) {
                    done += items.try_push(std::span(some).subspan(done, wanted - done));
                    if (done < wanted)
                        std::this_thread::yield();
                }
                next += wanted;
            }
            if (--producing == 0)
                items.close();
        });
    for (std::size_t i = 0; i < consumers; ++i)
        threads.emplace_back([&] {
            std::vector<std::uint64_t> some(batch);
            std::uint64_t mine = 0;
            while (!items.drained()) {
                const std::size_t got = items.try_pop(std::span(some));
                mine = std::accumulate(some.begin(),
                                       some.begin() + static_cast<std::ptrdiff_t>(got), mine);
                if (got == 0)
                    std::this_thread::yield();
            }
            sum += mine;
        });
    threads.clear();
    CHECK(sum == producers * (per_producer * (per_producer + 1) / 2));
}

} // namespace

TEST_CASE("ring: between threads nothing is lost and nothing comes twice")
{
    const auto producers = GENERATE(1U, 2U, 3U);
    const auto consumers = GENERATE(1U, 2U, 3U);
    const auto batch = GENERATE(1U, 7U);
    CAPTURE(producers, consumers, batch);
    exchange(producers, consumers, batch);
}
