// Faults that are planted into the production code of this program, one of which may live.
#pragma once

#include <string_view>
#include <vector>

namespace sluice::simulation {

struct planted_mutant
{
    int number;
    std::string_view name;
};

[[nodiscard]] const std::vector<planted_mutant>& all_mutants();

// Whether this one lives. Asked by the planted code.
[[nodiscard]] bool mutant(int number) noexcept;

void let_live(int number) noexcept; // 0: none

// Runs seeds 1 to `seeds_max` of every mutant, each in a process of its own, until one notices it.
// Prints which did; false if one survived.
[[nodiscard]] bool hunt_mutants(unsigned seeds_max);

} // namespace sluice::simulation
