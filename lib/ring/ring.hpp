// A bounded, lock-free queue of many producers and many consumers, after Dmitry Vyukov's bounded
// MPMC queue: each cell carries a turn number that says whose it is. Batches are claimed by one
// compare-and-swap.
#pragma once

#include "ring/atomics.hpp"

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sluice::ring {

inline constexpr std::size_t cache_line_bytes = 64;

// T is movable and default constructible. Allocates once, in the constructor; nothing else throws
// unless a move of T does. All members are thread-safe.
template <class T, class Atomics = std_atomics>
class ring
{
public:
    // Holds `capacity` items, a power of two.
    explicit ring(std::size_t capacity)
        : mask_(capacity - 1), cells_(std::make_unique<cell[]>(capacity))
    {
        assert(std::has_single_bit(capacity));
        for (std::size_t i = 0; i < capacity; ++i)
            cells_[i].turn.store(i, std::memory_order_relaxed);
        tail_.store(0, std::memory_order_relaxed);
        head_.store(0, std::memory_order_relaxed);
    }

    // Moves the first items of `items` in, as many as there is room for, and returns how many.
    // 0 when full or closed.
    std::size_t try_push(std::span<T> items)
    {
        std::uint64_t at = tail_.load(std::memory_order_relaxed);
        for (;;) {
            if ((at & closed_bit) != 0)
                return 0;
            const std::size_t room = count_turns(at, items.size(), 0);
            if (room == 0) {
                const std::uint64_t again = tail_.load(std::memory_order_relaxed);
                if (again == at)
                    return 0;
                at = again;
                continue;
            }
            // Relaxed: the cells, not the counter, carry the items from thread to thread.
            if (tail_.compare_exchange_weak(at, at + room, std::memory_order_relaxed)) {
                for (std::size_t i = 0; i < room; ++i) {
                    cell& mine = cells_[(at + i) & mask_];
                    mine.item.put(std::move(items[i]));
                    // Publishes the item to the consumer whose acquire reads this turn.
                    mine.turn.store(at + i + 1, std::memory_order_release);
                }
                return room;
            }
        }
    }

    bool try_push(T item) { return try_push(std::span<T>(&item, 1)) == 1; }

    // Moves up to items.size() items out and returns how many; 0 when none is ready.
    std::size_t try_pop(std::span<T> items)
    {
        std::uint64_t at = head_.load(std::memory_order_relaxed);
        for (;;) {
            const std::size_t ready = count_turns(at, items.size(), 1);
            if (ready == 0) {
                const std::uint64_t again = head_.load(std::memory_order_relaxed);
                if (again == at)
                    return 0;
                at = again;
                continue;
            }
            if (head_.compare_exchange_weak(at, at + ready, std::memory_order_relaxed)) {
                for (std::size_t i = 0; i < ready; ++i) {
                    cell& mine = cells_[(at + i) & mask_];
                    items[i] = mine.item.take();
                    // Gives the empty cell to the producer of the next lap, whose acquire reads it.
                    mine.turn.store(at + i + mask_ + 1, std::memory_order_release);
                }
                return ready;
            }
        }
    }

    bool try_pop(T& item) { return try_pop(std::span<T>(&item, 1)) == 1; }

    // Refuses every push from now on. What is inside can still be popped. What the closer did
    // before is seen by whoever finds the ring closed or drained.
    void close() noexcept { tail_.fetch_or(closed_bit, std::memory_order_release); }

    [[nodiscard]] bool closed() const noexcept
    {
        return (tail_.load(std::memory_order_acquire) & closed_bit) != 0;
    }

    // True when closed and empty for good: no pop will ever succeed again.
    [[nodiscard]] bool drained() const noexcept
    {
        const std::uint64_t tail = tail_.load(std::memory_order_acquire);
        // Relaxed: a closed tail is final and the head only grows, so an old head errs towards no.
        return (tail & closed_bit) != 0 &&
               head_.load(std::memory_order_relaxed) == (tail & ~closed_bit);
    }

    // A hint: other threads may have changed it by the time it is read.
    [[nodiscard]] std::size_t size() const noexcept
    {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed) & ~closed_bit;
        return tail > head ? static_cast<std::size_t>(tail - head) : 0;
    }

    [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

private:
    // In the tail: producers learn of the close by the very value that they compare and swap.
    static constexpr std::uint64_t closed_bit = std::uint64_t{1} << 63;

    struct cell
    {
        typename Atomics::template atomic<std::uint64_t> turn;
        typename Atomics::template variable<T> item;
    };

    // How many cells from position `at` on, up to `wanted`, have the turn position + offset.
    std::size_t count_turns(std::uint64_t at, std::size_t wanted, std::uint64_t offset)
    {
        std::size_t count = 0;
        // Acquire: what the other side did with the cell comes before what we do with it.
        while (count < wanted && count <= mask_ &&
               cells_[(at + count) & mask_].turn.load(std::memory_order_acquire) ==
                   at + count + offset)
            ++count;
        return count;
    }

    const std::size_t mask_;
    const std::unique_ptr<cell[]> cells_;
    // On lines of their own: producers and consumers must not slow each other down.
    alignas(cache_line_bytes) typename Atomics::template atomic<std::uint64_t> tail_;
    alignas(cache_line_bytes) typename Atomics::template atomic<std::uint64_t> head_;
};

} // namespace sluice::ring
