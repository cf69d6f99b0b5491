// The ring between threads, beside what else could stand there.
#include "ring/ring.hpp"

#include "measure.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace sluice::micro {
namespace {

using item = std::uint64_t; // the daemon's rings carry pointers

constexpr std::size_t capacity = 4096;
constexpr std::size_t items_a_run = std::size_t{1} << 18;

// ---- three queues with one face
// ------------------------------------------------------------------

class our_ring
{
public:
    std::size_t push(std::span<item> items) { return ring_.try_push(items); }
    std::size_t pop(std::span<item> items) { return ring_.try_pop(items); }

private:
    ring::ring<item> ring_{capacity};
};

class boost_ring
{
public:
    std::size_t push(std::span<item> items) { return queue_.push(items.data(), items.size()); }
    std::size_t pop(std::span<item> items) { return queue_.pop(items.data(), items.size()); }

private:
    boost::lockfree::spsc_queue<item, boost::lockfree::capacity<capacity>> queue_;
};

class locked_deque
{
public:
    std::size_t push(std::span<item> items)
    {
        const std::scoped_lock lock(mutex_);
        const std::size_t fit = std::min(items.size(), capacity - queue_.size());
        queue_.insert(queue_.end(), items.begin(), items.begin() + fit);
        return fit;
    }

    std::size_t pop(std::span<item> items)
    {
        const std::scoped_lock lock(mutex_);
        const std::size_t there = std::min(items.size(), queue_.size());
        std::copy_n(queue_.begin(), there, items.begin());
        queue_.erase(queue_.begin(), queue_.begin() + there);
        return there;
    }

private:
    std::mutex mutex_;
    std::deque<item> queue_;
};

// ---- from thread to thread
// -----------------------------------------------------------------------

// Numbers from 1 to `last`, handed over in batches.
template <class Queue>
void produce(Queue& queue, std::size_t batch, item last)
{
    std::vector<item> items(batch);
    for (item next = 1; next <= last;) {
        const std::size_t wanted = std::min<std::size_t>(batch, last - next + 1);
        std::iota(items.begin(), items.end(), next);
        std::size_t done = 0;
        while (done < wanted) {
            const std::size_t pushed = queue.push(std::span(items).subspan(done, wanted - done));
            if (pushed == 0)
                std::this_thread::yield();
            done += pushed;
        }
        next += wanted;
    }
}

// Takes until `left` says that nothing will come; gives the sum.
template <class Queue>
item consume(Queue& queue, std::size_t batch, std::atomic<std::int64_t>& left)
{
    std::vector<item> items(batch);
    item sum = 0;
    while (left.load(std::memory_order_relaxed) > 0) {
        const std::size_t popped = queue.pop(items);
        if (popped == 0) {
            std::this_thread::yield();
            continue;
        }
        sum = std::accumulate(items.begin(), items.begin() + popped, sum);
        left.fetch_sub(static_cast<std::int64_t>(popped), std::memory_order_relaxed);
    }
    return sum;
}

// How long `lanes` producers and as many consumers take for items_a_run numbers.
template <class Queue>
double seconds_of_run(std::size_t lanes, std::size_t batch)
{
    Queue queue;
    const item last = items_a_run / lanes;
    std::atomic<std::int64_t> left{static_cast<std::int64_t>(last * lanes)};
    std::atomic<item> sum{0};
    std::barrier begin(static_cast<std::ptrdiff_t>(2 * lanes + 1));
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < lanes; ++i) {
        threads.emplace_back([&] {
            begin.arrive_and_wait();
            produce(queue, batch, last);
        });
        threads.emplace_back([&] {
            begin.arrive_and_wait();
            sum += consume(queue, batch, left);
        });
    }
    const auto began = std::chrono::steady_clock::now();
    begin.arrive_and_wait();
    threads.clear(); // joins them
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    check(sum == lanes * (last * (last + 1) / 2), "what was pushed is popped, once");
    return took.count();
}

// One thread pushes and pops: the price of a queue that nobody else touches.
template <class Queue>
void on_one_thread(benchmark::State& state, std::size_t batch)
{
    Queue queue;
    std::vector<item> in(batch);
    std::iota(in.begin(), in.end(), item{1});
    const std::vector<item> expected = in;
    std::vector<item> out(batch);
    check(queue.push(in) == batch && queue.pop(out) == batch && out == expected,
          "what is pushed is popped");
    measure(state, batch, [&] {
        benchmark::DoNotOptimize(queue.push(in));
        benchmark::DoNotOptimize(queue.pop(out));
    });
}

template <class Queue>
void across_threads(benchmark::State& state, std::size_t lanes, std::size_t batch)
{
    const per_item counting(state, items_a_run);
    for ([[maybe_unused]] auto once : state)
        state.SetIterationTime(seconds_of_run<Queue>(lanes, batch));
}

template <class Queue>
void add(const char* queue, std::size_t lanes_max)
{
    for (const std::size_t batch : {1, 10, 100}) {
        const std::string alone = fmt::format("ring, one thread, batch {}/{}", batch, queue);
        benchmark::RegisterBenchmark(alone.c_str(), on_one_thread<Queue>, batch);
        for (std::size_t lanes = 1; lanes <= lanes_max; ++lanes) {
            const std::string name =
                fmt::format("ring, {} to {}, batch {}/{}", lanes, lanes, batch, queue);
            benchmark::RegisterBenchmark(name.c_str(), across_threads<Queue>, lanes, batch)
                ->UseManualTime();
        }
    }
}

const bool added = [] {
    add<our_ring>("ours", 2);
    add<boost_ring>("boost::lockfree::spsc_queue", 1); // one producer, one consumer
    add<locked_deque>("std::mutex and std::deque", 2);
    return true;
}();

} // namespace
} // namespace sluice::micro
