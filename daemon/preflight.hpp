// A pipeline held against its queue, its database and its keys, before it runs.
#pragma once

#include "config/settings.hpp"
#include "core/check_result.hpp"

namespace sluice::daemon {

// Connects to both, and changes nothing at either. What cannot be reached is a result, too.
[[nodiscard]] check_results preflight(const config::settings& all, const config::pipeline& one);

} // namespace sluice::daemon
