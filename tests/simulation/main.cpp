// sluice-simulate: the production pipeline under virtual time, a simulated queue and a simulated
// database, with faults drawn from a seed.
#include "simulation/mutants.hpp"
#include "simulation/run.hpp"
#include "simulation/survey.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace {

using namespace sluice::simulation;

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
    unsigned jobs = 1;
    constexpr unsigned mutant_seeds = 500;
    auto* const many = app.add_option("--seeds", range, "Run these seeds, as in 1..2000");
    app.add_option("--jobs", jobs, "In so many processes")->needs(many)->check(CLI::Range(1, 64));
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
    return survey_seeds(seeds, jobs) ? 0 : 1;
}
