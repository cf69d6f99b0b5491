// The policy that puts ring and bell under the checker: what sluice::ring::std_atomics is in the
// daemon. Every access passes the mutant at hand.
#pragma once

#include "model/memory_orders.hpp"
#include "model/relacy.hpp"

namespace sluice::model {

[[nodiscard]] inline rl::memory_order to_checker(std::memory_order order) noexcept
{
    switch (order) {
    case std::memory_order_relaxed:
        return rl::mo_relaxed;
    case std::memory_order_consume:
        return rl::mo_consume;
    case std::memory_order_acquire:
        return rl::mo_acquire;
    case std::memory_order_release:
        return rl::mo_release;
    case std::memory_order_acq_rel:
        return rl::mo_acq_rel;
    case std::memory_order_seq_cst:
        break;
    }
    return rl::mo_seq_cst;
}

[[nodiscard]] inline rl::debug_info to_checker(const std::source_location& where) noexcept
{
    return {where.function_name(), where.file_name(), where.line()};
}

struct checked_atomics
{
    template <class T>
    class atomic
    {
        using place = std::source_location;

    public:
        atomic() = default;
        explicit(false) atomic(T value) : value_(value) {}

        T load(std::memory_order order, const place& where = place::current()) const
        {
            order = order_at(access::load, order, where);
            return value_.load(to_checker(order), to_checker(where));
        }
        void store(T value, std::memory_order order, const place& where = place::current())
        {
            order = order_at(access::store, order, where);
            value_.store(value, to_checker(order), to_checker(where));
        }
        T exchange(T value, std::memory_order order, const place& where = place::current())
        {
            order = order_at(access::exchange, order, where);
            return value_.exchange(value, to_checker(order), to_checker(where));
        }
        T fetch_or(T bits, std::memory_order order, const place& where = place::current())
        {
            order = order_at(access::exchange, order, where);
            return value_.fetch_or(bits, to_checker(order), to_checker(where));
        }
        T fetch_and(T bits, std::memory_order order, const place& where = place::current())
        {
            order = order_at(access::exchange, order, where);
            return value_.fetch_and(bits, to_checker(order), to_checker(where));
        }
        bool compare_exchange_weak(T& expected, T value, std::memory_order order,
                                   const place& where = place::current())
        {
            order = order_at(access::exchange, order, where);
            return value_.compare_exchange_weak(expected, value, to_checker(order),
                                                to_checker(where));
        }

    private:
        rl::atomic<T> value_;
    };

    // Two threads that are at it without order between them are reported.
    template <class T>
    class variable
    {
    public:
        void put(T value) { value_(RL_INFO) = value; }
        [[nodiscard]] T take() { return value_(RL_INFO).load(); }

    private:
        rl::var<T> value_;
    };

    static void full_fence(const std::source_location& where = std::source_location::current())
    {
        const auto order = order_at(access::fence, std::memory_order_seq_cst, where);
        if (order != std::memory_order_relaxed)
            rl::atomic_thread_fence(to_checker(order), to_checker(where));
    }
};

// A value that is written once and later read by others, who must have been told in order.
class told
{
public:
    void tell() { value_(RL_INFO) = 1; }
    void must_be_known() const { RL_ASSERT(value_(RL_INFO).load() == 1); }

private:
    rl::var<int> value_;
};

} // namespace sluice::model
