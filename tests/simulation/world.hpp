// What all parts of one simulation share.
#pragma once

#include "simulation/attempt_book.hpp"
#include "simulation/checker.hpp"
#include "simulation/dice.hpp"
#include "simulation/occasions.hpp"
#include "simulation/swarm.hpp"
#include "simulation/timeline.hpp"
#include "simulation/trace.hpp"
#include "simulation/workload.hpp"

#include <map>
#include <string>

namespace sluice::simulation {

struct world
{
    world(const swarm& of, bool print) : how(of), history(time, print), messages(of), judge(history)
    {}
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    swarm how;
    timeline time;
    trace history;
    workload messages;
    checker judge;
    occasions reached;
    attempt_book attempts;
    std::map<const sent_message*, std::string> last_receiver; // the name of a daemon
    bool healed = false;                                      // no fault strikes any more
};

} // namespace sluice::simulation
