// The state of the daemon as JSON: GET /api/v1/status.
#pragma once

#include "admin/health.hpp"

#include <string>

namespace sluice::admin {

[[nodiscard]] std::string status_json(pipelines all, wall_time now);

} // namespace sluice::admin
