#include "model/run_scenario.hpp"

namespace sluice::model {
namespace {

using items_ring = ring::ring<int, checked_atomics>;

// What went in and what came out. Plain memory: the checker runs one thread at a time, and what it
// does not see it cannot be helped by.
template <int Producers, int Each>
class tally
{
public:
    static constexpr int total = Producers * Each;

    void went_in(int item) { in_[item] = true; }

    // `last` is the consumer's own: the items of one producer come in order.
    void came_out(int item, std::array<int, Producers>& last)
    {
        RL_ASSERT(item >= 0 && item < total);
        RL_ASSERT(!out_[item]);
        RL_ASSERT(last[item / Each] < item);
        last[item / Each] = item;
        out_[item] = true;
        ++taken_;
    }

    [[nodiscard]] bool all_taken() const { return taken_ == total; }
    void must_agree() const { RL_ASSERT(in_ == out_); }

private:
    std::array<bool, total> in_{};
    std::array<bool, total> out_{};
    int taken_ = 0;
};

template <int Producers>
constexpr std::array<int, Producers> none_yet()
{
    std::array<int, Producers> out{};
    out.fill(-1);
    return out;
}

// More items than cells go through, so that every cell is given back and used again.
template <int Producers, int Consumers, int Capacity, int Each, int Batch>
struct exchange
    : rl::test_suite<exchange<Producers, Consumers, Capacity, Each, Batch>, Producers + Consumers>
{
    void thread(unsigned index)
    {
        if (index < Producers)
            produce(static_cast<int>(index) * Each);
        else
            consume();
    }

    void produce(int first)
    {
        for (int done = 0; done < Each;) {
            std::array<int, Batch> some{};
            const int wanted = std::min(Batch, Each - done);
            for (int i = 0; i < wanted; ++i)
                some[i] = first + done + i;
            const auto count = items.try_push(std::span<int>(some).first(wanted));
            for (std::size_t i = 0; i < count; ++i)
                seen.went_in(some[i]);
            done += static_cast<int>(count);
            if (count == 0)
                rl::yield(1, RL_INFO);
        }
    }

    void consume()
    {
        auto last = none_yet<Producers>();
        while (!seen.all_taken()) {
            std::array<int, Batch> some{};
            const auto count = items.try_pop(std::span<int>(some));
            for (std::size_t i = 0; i < count; ++i)
                seen.came_out(some[i], last);
            if (count == 0)
                rl::yield(1, RL_INFO);
        }
    }

    void after()
    {
        seen.must_agree();
        RL_ASSERT(items.size() == 0);
    }

    // Apart from the suite, whose memory the checker does not align.
    std::unique_ptr<items_ring> owned = std::make_unique<items_ring>(Capacity);
    items_ring& items = *owned;
    tally<Producers, Each> seen;
};

// Producers push while another thread closes; consumers go on until nothing can follow.
template <int Producers, int Consumers, int Capacity>
struct closing : rl::test_suite<closing<Producers, Consumers, Capacity>, Producers + Consumers + 1>
{
    static constexpr int each = 2;

    void thread(unsigned index)
    {
        if (index < Producers)
            produce(static_cast<int>(index) * each);
        else if (index < Producers + Consumers)
            consume();
        else
            close();
    }

    void close()
    {
        before_close.tell();
        items.close();
    }

    void produce(int first)
    {
        for (int item = first; item < first + each;) {
            if (items.try_push(item)) {
                seen.went_in(item++);
            } else if (items.closed()) {
                before_close.must_be_known();
                RL_ASSERT(!items.try_push(item));
                return;
            } else {
                rl::yield(1, RL_INFO);
            }
        }
    }

    void consume()
    {
        auto last = none_yet<Producers>();
        for (;;) {
            int item = -1;
            if (items.try_pop(item)) {
                seen.came_out(item, last);
            } else if (items.drained()) {
                before_close.must_be_known();
                RL_ASSERT(!items.try_pop(item));
                return;
            } else {
                rl::yield(1, RL_INFO);
            }
        }
    }

    void after() { seen.must_agree(); }

    std::unique_ptr<items_ring> owned = std::make_unique<items_ring>(Capacity);
    items_ring& items = *owned;
    told before_close;
    tally<Producers, each> seen;
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

std::span<const scenario> ring_scenarios()
{
    static const std::array all{
        scenario{"ring 1 to 1, 2 cells", every(2), run_scenario<exchange<1, 1, 2, 3, 1>>},
        scenario{"ring 1 to 1, 4 cells, batches", every(1), run_scenario<exchange<1, 1, 4, 6, 3>>},
        scenario{"ring 2 to 1, 2 cells", random(20'000), run_scenario<exchange<2, 1, 2, 2, 1>>},
        scenario{"ring 1 to 2, 2 cells", random(20'000), run_scenario<exchange<1, 2, 2, 4, 1>>},
        scenario{"ring 2 to 2, 2 cells", random(20'000), run_scenario<exchange<2, 2, 2, 2, 1>>},
        scenario{"ring 2 to 2, 4 cells, batches", random(20'000),
                 run_scenario<exchange<2, 2, 4, 4, 2>>},
        scenario{"close, 1 to 1, 2 cells", every(2), run_scenario<closing<1, 1, 2>>},
        scenario{"close, 2 to 2, 2 cells", random(20'000), run_scenario<closing<2, 2, 2>>},
        scenario{"close, 2 to 2, 4 cells", random(20'000), run_scenario<closing<2, 2, 4>>},
    };
    return all;
}

} // namespace sluice::model
