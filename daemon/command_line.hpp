// Reads the command line and runs the command that it names.
#pragma once

#include "daemon/command.hpp"

namespace sluice::daemon {

[[nodiscard]] exit_code run_command_line(int argc, const char* const* argv, console& terminal);

} // namespace sluice::daemon
