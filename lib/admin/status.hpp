// The state of the daemon as JSON.
#pragma once

#include "admin/health.hpp"

#include <string>

namespace sluice::admin {

// Of all: GET /api/v1/status, and each of the events.
[[nodiscard]] std::string status_json(pipelines all, wall_time now);

// Of one, with the time: GET /api/v1/pipelines/NAME, and the answer to a command.
[[nodiscard]] std::string pipeline_json(const pipeline::pipeline& of, wall_time now);

} // namespace sluice::admin
