#include "simulation/survey.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <type_traits>

namespace sluice::simulation {
namespace {

constexpr std::uint64_t twice_every = 50; // seeds: that often one runs again, to compare
constexpr std::uint64_t enough_for_every_state = 1000;

// Lies in memory that parent and child share: what a child that dies has done is known.
struct tally
{
    std::uint64_t seeds = 0;
    std::uint64_t current = 0; // the seed that runs; 0: done
    std::uint64_t failed = 0;
    std::uint64_t hash = 0;
    std::uint64_t steps = 0;
    steady_clock::duration simulated{};
    std::uint64_t broken = 0; // bit i: invariants[i]
    occasions reached;
};
static_assert(std::is_trivially_copyable_v<tally>);
static_assert(invariants.size() <= 64);

std::uint64_t bit_of(std::string_view invariant)
{
    for (std::size_t i = 0; i < invariants.size(); ++i)
        if (invariants[i] == invariant)
            return std::uint64_t{1} << i;
    std::abort(); // it is missing in the list
}

void run_into(tally& into, std::uint64_t seed)
{
    into.current = seed;
    run_result result = run_seed(seed, false);
    if (seed % twice_every == 0 && run_seed(seed, false).trace_hash != result.trace_hash)
        result.breaches.push_back({determinism, "a second run went another way"});
    ++into.seeds;
    into.hash += seed_of(seed, "trace") * (result.trace_hash | 1); // in whatever order they run
    into.steps += result.steps;
    into.simulated += result.simulated;
    into.reached.add(result.reached);
    into.current = 0;
    if (result.breaches.empty())
        return;
    ++into.failed;
    for (const checker::breach& each : result.breaches)
        into.broken |= bit_of(each.invariant);
    print_breaches(seed, result);
}

void add(const tally& from, tally& to)
{
    to.seeds += from.seeds;
    to.failed += from.failed;
    to.hash += from.hash;
    to.steps += from.steps;
    to.simulated += from.simulated;
    to.broken |= from.broken;
    to.reached.add(from.reached);
}

// Each process takes every n-th seed.
tally run_in_processes(seed_range seeds, unsigned jobs)
{
    void* const memory = mmap(nullptr, jobs * sizeof(tally), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        std::abort();
    auto* const tallies = static_cast<tally*>(memory);
    std::fflush(stdout);
    for (unsigned i = 0; i < jobs; ++i) {
        new (&tallies[i]) tally;
        const pid_t child = fork();
        if (child < 0)
            std::abort();
        if (child > 0)
            continue;
        for (std::uint64_t seed = seeds.first + i; seed <= seeds.last; seed += jobs)
            run_into(tallies[i], seed);
        std::_Exit(0);
    }
    for (unsigned i = 0; i < jobs; ++i)
        static_cast<void>(wait(nullptr));
    tally all;
    for (unsigned i = 0; i < jobs; ++i) {
        add(tallies[i], all);
        if (tallies[i].current != 0)
            fmt::print("seed {}: its process died\n", tallies[i].current);
    }
    // What a process that died has not run is not shown to hold.
    const std::uint64_t missing = seeds.last - seeds.first + 1 - all.seeds;
    if (missing > 0)
        fmt::print("{} seeds were not run to their end\n", missing);
    all.failed += missing;
    munmap(memory, jobs * sizeof(tally));
    return all;
}

// Prints the states and how often each was reached. False if one never was.
bool print_states(const occasions& reached)
{
    bool all = true;
    for (std::size_t i = 0; i < occasion_count; ++i) {
        const auto what = static_cast<occasion>(i);
        fmt::print("{:>10}  {}\n", reached.of(what), to_string(what));
        all = all && reached.of(what) > 0;
    }
    return all;
}

} // namespace

void print_breaches(std::uint64_t seed, const run_result& result)
{
    fmt::print("seed {}: {}\n", seed, result.how);
    for (const checker::breach& each : result.breaches)
        fmt::print("  {}: {}\n", each.invariant, each.text);
    fmt::print("  replay: sluice-simulate --seed {} --trace\n", seed);
    std::fflush(stdout);
}

bool survey_seeds(seed_range seeds, unsigned jobs)
{
    const auto began = std::chrono::steady_clock::now();
    tally all;
    if (jobs > 1)
        all = run_in_processes(seeds, jobs);
    else
        for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed)
            run_into(all, seed);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const bool all_states = print_states(all.reached);
    fmt::print("seeds {}..{}: {} run, {:.1f} a second; {} steps, {:.1f} simulated hours; trace "
               "hash {:016x}\n",
               seeds.first, seeds.last, all.seeds, static_cast<double>(all.seeds) / took.count(),
               all.steps, std::chrono::duration<double, std::ratio<3600>>(all.simulated).count(),
               all.hash);
    for (const std::string_view each : invariants)
        if ((all.broken & bit_of(each)) != 0)
            fmt::print("broken: {}\n", each);
    fmt::print("{} seeds failed\n", all.failed);
    if (!all_states && seeds.last - seeds.first + 1 >= enough_for_every_state) {
        fmt::print("a state was never reached: a fault that never struck was never survived\n");
        return false;
    }
    return all.failed == 0;
}

} // namespace sluice::simulation
