#include "model/run_scenario.hpp"

namespace sluice::model {
namespace {

// What ring::thread_waker is: a wake that comes before the sleep ends it too. Who is never woken
// is a deadlock to the checker.
class checked_waker final : public ring::waker
{
public:
    checked_waker() { woken_.init(false, false, RL_INFO); }
    checked_waker(const checked_waker&) = delete;
    checked_waker& operator=(const checked_waker&) = delete;
    ~checked_waker() override { woken_.deinit(RL_INFO); }

    void wake() noexcept override { woken_.set(RL_INFO); }
    void sleep() { woken_.wait(false, false, RL_INFO); }

private:
    rl::generic_event woken_;
};

// Consumers that sleep between items, as the transform workers do.
template <int Consumers>
class sleepers
{
public:
    explicit sleepers(std::size_t capacity)
        : items_(std::make_unique<ring::ring<int, checked_atomics>>(capacity))
    {
        for (int i = 0; i < Consumers; ++i)
            seats_[i] = door_.take_seat(wakers_[i]);
    }

    void push(int item)
    {
        RL_ASSERT(items_->try_push(item));
        door_.ring();
    }

    void close()
    {
        items_->close();
        door_.ring_all();
    }

    // Until the ring is drained; calls `taken` after each item.
    template <class Taken>
    void consume(int who, Taken taken)
    {
        const std::size_t seat = seats_[who];
        for (;;) {
            door_.get_up(seat);
            int item = 0;
            if (items_->try_pop(item)) {
                taken();
                continue;
            }
            door_.lie_down(seat);
            if (items_->try_pop(item)) {
                taken();
                continue;
            }
            if (items_->drained())
                return;
            wakers_[who].sleep();
        }
    }

private:
    std::unique_ptr<ring::ring<int, checked_atomics>> items_;
    ring::bell<checked_atomics> door_;
    std::array<checked_waker, Consumers> wakers_;
    std::array<std::size_t, Consumers> seats_{};
};

// Nobody closes before the last item is taken: no late bell can make up for a wake that was lost.
template <int Producers, int Consumers, int Capacity, int Each>
struct sleeping
    : rl::test_suite<sleeping<Producers, Consumers, Capacity, Each>, Producers + Consumers>
{
    static_assert(Producers * Each <= Capacity, "the ring cannot overflow, as in the daemon");

    void thread(unsigned index)
    {
        if (index < Producers) {
            for (int i = 0; i < Each; ++i)
                work.push(i);
            return;
        }
        work.consume(static_cast<int>(index) - Producers, [this] {
            if (++taken == Producers * Each)
                work.close();
        });
    }

    void after() { RL_ASSERT(taken == Producers * Each); }

    sleepers<Consumers> work{Capacity};
    int taken = 0;
};

// Nothing but the close comes: whoever sleeps, or is about to, hears of it.
template <int Consumers>
struct sleeping_at_the_end : rl::test_suite<sleeping_at_the_end<Consumers>, Consumers + 1>
{
    void thread(unsigned index)
    {
        if (index == Consumers)
            work.close();
        else
            work.consume(static_cast<int>(index), [] { RL_ASSERT(false); });
    }

    sleepers<Consumers> work{2};
};

constexpr search every(unsigned switches)
{
    return {search::kind::every, switches, std::numeric_limits<std::uint64_t>::max()};
}

constexpr search random(std::uint64_t rounds)
{
    return {search::kind::random, 0, rounds};
}

} // namespace

std::span<const scenario> bell_scenarios()
{
    static const std::array all{
        scenario{"bell 1 to 1", every(2), run_scenario<sleeping<1, 1, 2, 2>>},
        scenario{"bell 2 to 1", random(20'000), run_scenario<sleeping<2, 1, 4, 2>>},
        scenario{"bell 1 to 2", random(20'000), run_scenario<sleeping<1, 2, 4, 3>>},
        scenario{"bell 2 to 2", random(20'000), run_scenario<sleeping<2, 2, 4, 2>>},
        scenario{"bell, close, 1 sleeper", every(4), run_scenario<sleeping_at_the_end<1>>},
        scenario{"bell, close, 2 sleepers", every(2), run_scenario<sleeping_at_the_end<2>>},
    };
    return all;
}

} // namespace sluice::model
