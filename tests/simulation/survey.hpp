// Many seeds, one after the other or in several processes, and what came of them all.
#pragma once

#include "simulation/run.hpp"

#include <cstdint>

namespace sluice::simulation {

struct seed_range
{
    std::uint64_t first = 1;
    std::uint64_t last = 0;
};

void print_breaches(std::uint64_t seed, const run_result& result);

// Prints what failed as it does, and a summary at the end. False if anything did.
[[nodiscard]] bool survey_seeds(seed_range seeds, unsigned jobs);

} // namespace sluice::simulation
