// The memory model that the ring is written against. The same source runs on std::atomic in the
// daemon and under a model checker in the tests, which brings a policy of its own.
#pragma once

#include <atomic>
#include <utility>

namespace sluice::ring {

struct std_atomics
{
    template <class T>
    using atomic = std::atomic<T>;

    // A plain object, whose accesses the checker watches for races.
    template <class T>
    class variable
    {
    public:
        void put(T value) { value_ = std::move(value); }
        [[nodiscard]] T take() { return std::move(value_); }

    private:
        T value_{};
    };

    static void full_fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }
};

} // namespace sluice::ring
