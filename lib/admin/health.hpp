// Whether the daemon lives, and whether it is ready. A dependency that is down makes it unready
// and never dead: a restart would cure nothing, and would take the whole fleet down at once.
#pragma once

#include "pipeline/pipeline.hpp"

#include <span>
#include <string>

namespace sluice::admin {

struct health
{
    bool good = true;
    std::string text; // a line for each pipeline that is not
};

using pipelines = std::span<const pipeline::pipeline* const>;

// Fails only when a pipeline makes no progress though it could.
[[nodiscard]] health liveness(pipelines all);

// Every pipeline is running, receives, and its queue and database answer. A pause by an operator or
// by the brake makes it unready; the daemon lives on.
[[nodiscard]] health readiness(pipelines all);

} // namespace sluice::admin
