#include "ring/bell.hpp"

#include "ring/ring.hpp"
#include "ring/thread_waker.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using namespace sluice::ring;

namespace {

struct counting_waker final : waker
{
    void wake() noexcept override { ++woken; }
    int woken = 0;
};

} // namespace

TEST_CASE("bell: one ring wakes one sleeper and nobody who is awake")
{
    bell<> door;
    counting_waker first;
    counting_waker second;
    const std::size_t first_seat = door.take_seat(first);
    const std::size_t second_seat = door.take_seat(second);
    door.ring();
    CHECK(first.woken + second.woken == 0);
    door.lie_down(first_seat);
    door.lie_down(second_seat);
    door.ring();
    CHECK(first.woken + second.woken == 1);
    door.ring();
    CHECK(first.woken == 1);
    CHECK(second.woken == 1);
    door.ring();
    CHECK(first.woken + second.woken == 2);
}

TEST_CASE("bell: who got up is not woken")
{
    bell<> door;
    counting_waker sleeper;
    const std::size_t seat = door.take_seat(sleeper);
    door.lie_down(seat);
    CHECK(door.get_up(seat));
    door.ring();
    CHECK(sleeper.woken == 0);
    door.lie_down(seat);
    door.ring();
    CHECK_FALSE(door.get_up(seat));
}

TEST_CASE("bell: ring_all wakes every sleeper once")
{
    bell<> door;
    std::vector<counting_waker> wakers(bell<>::seats_max);
    for (counting_waker& each : wakers)
        door.lie_down(door.take_seat(each));
    door.ring_all();
    for (const counting_waker& each : wakers)
        CHECK(each.woken == 1);
}

TEST_CASE("bell: threads that sleep between items miss none")
{
    constexpr int items_each = 3000;
    constexpr std::size_t consumers = 3;
    ring<int> items(16);
    bell<> door;
    std::vector<thread_waker> wakers(consumers);
    std::vector<std::size_t> seats;
    for (thread_waker& each : wakers)
        seats.push_back(door.take_seat(each));
    std::atomic<int> taken{0};
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < consumers; ++i)
            threads.emplace_back([&, i] {
                for (;;) {
                    int item = 0;
                    if (items.try_pop(item)) {
                        ++taken;
                        continue;
                    }
                    door.lie_down(seats[i]);
                    if (items.size() == 0 && !items.drained())
                        wakers[i].sleep_until(std::chrono::steady_clock::time_point::max());
                    door.get_up(seats[i]);
                    if (items.drained())
                        return;
                }
            });
        std::jthread producer([&] {
            for (int i = 0; i < items_each; ++i) {
                while (!items.try_push(i))
                    std::this_thread::yield();
                door.ring();
            }
            items.close();
            door.ring_all();
        });
    }
    CHECK(taken == items_each);
}
