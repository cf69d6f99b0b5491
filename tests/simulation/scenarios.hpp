// Worlds that are built around one kind of trouble, which chance alone would seldom make.
#pragma once

#include "simulation/dice.hpp"
#include "simulation/swarm.hpp"

namespace sluice::simulation {

// Makes one of them of a world without faults, for some seeds. False for the others.
[[nodiscard]] bool draw_scenario(swarm& into, dice& luck);

} // namespace sluice::simulation
