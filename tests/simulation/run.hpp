// One seed: a world is drawn, lives through its faults, heals, and is judged.
#pragma once

#include "simulation/checker.hpp"
#include "simulation/dice.hpp"
#include "simulation/occasions.hpp"
#include "simulation/swarm.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::simulation {

struct run_result
{
    std::uint64_t trace_hash = 0;
    std::uint64_t steps = 0;
    steady_clock::duration simulated{};
    std::vector<checker::breach> breaches;
    occasions reached;
    std::string how; // what the seed drew
};

[[nodiscard]] run_result run_seed(std::uint64_t seed, bool print);

} // namespace sluice::simulation
