// sluice-simulate: the production pipeline under virtual time, a simulated queue and a simulated
// database, with faults drawn from a seed.
#include "simulation/mutants.hpp"
#include "simulation/run.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <set>

namespace {

using namespace sluice::simulation;

constexpr std::uint64_t twice_every = 50; // seeds: that often one runs again, to compare
constexpr std::uint64_t enough_for_every_state = 1000;

struct seed_range
{
    std::uint64_t first = 1;
    std::uint64_t last = 0;
};

// "1..2000"; an empty range if it is none.
seed_range read_range(const std::string& text)
{
    seed_range out;
    const auto dots = text.find("..");
    if (dots == std::string::npos)
        return out;
    try {
        out.first = std::stoull(text.substr(0, dots));
        out.last = std::stoull(text.substr(dots + 2));
    } catch (const std::exception&) { // no numbers
        return {};
    }
    return out;
}

void print_breaches(std::uint64_t seed, const run_result& result)
{
    fmt::print("seed {}: {}\n", seed, result.how);
    for (const checker::breach& each : result.breaches)
        fmt::print("  {}: {}\n", each.invariant, each.text);
    fmt::print("  replay: sluice-simulate --seed {} --trace\n", seed);
    std::fflush(stdout);
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

int run_one(std::uint64_t seed, bool trace)
{
    const run_result result = run_seed(seed, trace);
    fmt::print("{}\n", result.how);
    fmt::print("{} steps, {:.0f} simulated seconds, trace hash {:016x}\n", result.steps,
               std::chrono::duration<double>(result.simulated).count(), result.trace_hash);
    if (result.breaches.empty())
        return 0;
    print_breaches(seed, result);
    return 1;
}

int run_range(seed_range seeds)
{
    const auto began = std::chrono::steady_clock::now();
    std::uint64_t failed = 0;
    std::uint64_t hash = 0;
    std::uint64_t steps = 0;
    sluice::steady_clock::duration simulated{};
    std::set<std::string_view> broken;
    occasions reached;
    for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
        run_result result = run_seed(seed, false);
        if (seed % twice_every == 0 && run_seed(seed, false).trace_hash != result.trace_hash)
            result.breaches.push_back({"determinism", "a second run went another way"});
        hash = hash * 0x100000001b3 ^ result.trace_hash;
        steps += result.steps;
        simulated += result.simulated;
        reached.add(result.reached);
        if (result.breaches.empty())
            continue;
        ++failed;
        for (const checker::breach& each : result.breaches)
            broken.insert(each.invariant);
        print_breaches(seed, result);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const std::uint64_t count = seeds.last - seeds.first + 1;
    const bool all_states = print_states(reached);
    fmt::print("{} seeds, {:.1f} a second; {} steps, {:.1f} simulated hours; trace hash {:016x}\n",
               count, static_cast<double>(count) / took.count(), steps,
               std::chrono::duration<double, std::ratio<3600>>(simulated).count(), hash);
    for (const std::string_view each : broken)
        fmt::print("broken: {}\n", each);
    fmt::print("{} seeds failed\n", failed);
    if (!all_states && count >= enough_for_every_state) {
        fmt::print("a state was never reached: a fault that never struck was never survived\n");
        return 1;
    }
    return failed == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Runs the pipeline of sluice in simulated worlds, and judges what becomes of "
                 "every message.");
    std::string range;
    std::uint64_t seed = 0;
    bool trace = false;
    bool mutants = false;
    int living = 0;
    constexpr unsigned mutant_seeds = 500;
    app.add_option("--seeds", range, "Run these seeds, as in 1..2000");
    auto* const one = app.add_option("--seed", seed, "Run one seed");
    app.add_flag("--trace", trace, "Print what happens in it")->needs(one);
    app.add_flag("--mutants", mutants, "Plant every known fault: each must be noticed");
    app.add_option("--mutant", living, "Plant this one fault")->needs(one);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (mutants)
        return hunt_mutants(mutant_seeds) ? 0 : 1;
    let_live(living);
    if (*one)
        return run_one(seed, trace);
    const seed_range seeds = read_range(range);
    if (seeds.first == 0 || seeds.last < seeds.first) {
        fmt::print(stderr, "sluice-simulate: name seeds, as in --seeds 1..2000, or --seed 7, or "
                           "--mutants\n");
        return 2;
    }
    return run_range(seeds);
}
