// Wakes consumers of a ring that sleep, and nobody else. It knows neither threads nor coroutines:
// a waker does, so both can sleep at one bell.
#pragma once

#include "ring/atomics.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace sluice::ring {

// Ends the sleep of one consumer. A wake that comes before the sleep must end it too.
class waker
{
public:
    virtual ~waker() = default;
    virtual void wake() noexcept = 0; // from any thread
};

// How a consumer sleeps without missing an item:
//
//     if (ring.try_pop(item)) ...
//     bell.lie_down(seat);
//     if (ring.try_pop(item) || ring.drained()) { bell.get_up(seat); ... }
//     else { sleep until woken, or until a deadline; bell.get_up(seat); look again }
//
// and a producer: `ring.try_push(item); bell.ring();`. The full fences in lie_down and ring order
// "announce, then look" against "push, then look for sleepers": one of the two sees the other.
template <class Atomics = std_atomics>
class bell
{
public:
    static constexpr std::size_t seats_max = 64; // a bit each

    // Gives a consumer its seat. Before any thread uses the bell.
    std::size_t take_seat(waker& who)
    {
        assert(seats_ < seats_max);
        wakers_[seats_] = &who;
        return seats_++;
    }

    void lie_down(std::size_t seat) noexcept
    {
        asleep_.fetch_or(bit(seat), std::memory_order_relaxed);
        Atomics::full_fence();
    }

    // Whether the seat was still marked: if not, a wake is on its way or has come.
    bool get_up(std::size_t seat) noexcept
    {
        return (asleep_.fetch_and(~bit(seat), std::memory_order_relaxed) & bit(seat)) != 0;
    }

    // Wakes one sleeper, if there is one. Costs a fence and a load when nobody sleeps.
    void ring() noexcept
    {
        Atomics::full_fence();
        std::uint64_t asleep = asleep_.load(std::memory_order_relaxed);
        while (asleep != 0) {
            const auto seat = static_cast<std::size_t>(std::countr_zero(asleep));
            if (asleep_.compare_exchange_weak(asleep, asleep & ~bit(seat),
                                              std::memory_order_relaxed)) {
                wakers_[seat]->wake();
                return;
            }
        }
    }

    // Wakes every sleeper: after a close.
    void ring_all() noexcept
    {
        // No fence: the exchange finds who announced before it, and whoever announces after it
        // reads what it wrote, and with it, by the fence of lie_down, all that came before.
        std::uint64_t asleep = asleep_.exchange(0, std::memory_order_release);
        for (; asleep != 0; asleep &= asleep - 1)
            wakers_[static_cast<std::size_t>(std::countr_zero(asleep))]->wake();
    }

private:
    static constexpr std::uint64_t bit(std::size_t seat) noexcept
    {
        return std::uint64_t{1} << seat;
    }

    typename Atomics::template atomic<std::uint64_t> asleep_{0};
    std::array<waker*, seats_max> wakers_{};
    std::size_t seats_ = 0;
};

} // namespace sluice::ring
