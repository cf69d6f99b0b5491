// What every benchmark here does: checks its output once, and tells its cost by the item.
#pragma once

#include "allocations.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

namespace sluice::micro {

// A benchmark of a wrong result is no benchmark: throws std::runtime_error, which ends the run.
void check(bool holds, const char* what);

// Sets the counters of a benchmark whose every iteration handles `items` items.
class per_item
{
public:
    per_item(benchmark::State& state, std::size_t items)
        : state_(state), items_(items), before_(allocations())
    {}
    per_item(const per_item&) = delete;
    per_item& operator=(const per_item&) = delete;
    ~per_item();

private:
    benchmark::State& state_;
    std::size_t items_;
    std::uint64_t before_;
};

// Runs `work` as a benchmark. What has to be prepared or checked comes before it.
template <class Work>
void measure(benchmark::State& state, std::size_t items, Work&& work)
{
    work(); // memory that is kept is there from now on
    const per_item counting(state, items);
    for ([[maybe_unused]] auto once : state) {
        work();
        benchmark::ClobberMemory();
    }
}

} // namespace sluice::micro
