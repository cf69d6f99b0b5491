// What a configuration that is read again changes of the daemon that runs.
#pragma once

#include "config/load.hpp"

#include <set>
#include <string>
#include <vector>

namespace sluice::daemon {

// What changed beside the file, and is read only when a pipeline begins.
struct changed_outside
{
    bool keyring = false;
    std::set<std::string> pipelines{}; // names of those whose certificates or profiles changed
};

// Names of pipelines.
struct reload_plan
{
    std::vector<std::string> begin{};
    std::vector<std::string> replace{}; // drained, as at a stop, and begun anew
    std::vector<std::string> end{};     // drained: the file has them no longer
    std::vector<std::string> keep{};    // they go on and notice nothing

    friend bool operator==(const reload_plan&, const reload_plan&) = default;
};

// Reports what only a restart can change.
void refuse_what_needs_restart(const config::settings& running, config::loaded& fresh);

// A pipeline is replaced for whatever differs for it, and all of them for what they share. A new
// number of pipelines alone leaves each with the transform threads that it has.
[[nodiscard]] reload_plan plan_reload(const config::settings& running,
                                      const config::settings& fresh,
                                      const changed_outside& outside);

} // namespace sluice::daemon
