// sluice-simulate: the production pipeline under virtual time, a simulated queue and a simulated
// database, with faults drawn from a seed.
#include "simulation/run.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

int main(int argc, char** argv)
{
    CLI::App app("Runs the pipeline of sluice in simulated worlds.");
    std::uint64_t seed = 0;
    bool trace = false;
    app.add_option("--seed", seed)->required();
    app.add_flag("--trace", trace);
    CLI11_PARSE(app, argc, argv);
    const auto result = sluice::simulation::run_seed(seed, trace);
    fmt::print("{}\n{} steps, hash {:016x}\n", result.how, result.steps, result.trace_hash);
    for (const auto& each : result.breaches)
        fmt::print("{}: {}\n", each.invariant, each.text);
    return result.breaches.empty() ? 0 : 1;
}
