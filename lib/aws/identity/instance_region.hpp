// The region of the instance that we run on.
#pragma once

#include "aws/environment.hpp"
#include "aws/shared_config.hpp"

#include <optional>
#include <string>

namespace sluice::aws {

// Nothing if there is no instance, or it does not say. Waits for at most a few seconds: for the
// start, before anything else runs.
[[nodiscard]] std::optional<std::string> ask_instance_region(const environment& variables,
                                                             const shared_config& config);

} // namespace sluice::aws
