// Who runs a command, for what is written down about it.
#pragma once

#include <string>

namespace sluice::daemon {

[[nodiscard]] std::string os_user();
[[nodiscard]] std::string host_name();

} // namespace sluice::daemon
