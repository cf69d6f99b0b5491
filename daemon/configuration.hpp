// A configuration as a command uses it: read, and its columns compiled, so that whatever is wrong
// with it is found before anything begins.
#pragma once

#include "config/load.hpp"
#include "daemon/command.hpp"

#include <string>

namespace sluice::daemon {

// `-c FILE`, the same for every command that reads a configuration.
CLI::Option* add_configuration_option(CLI::App& app, std::string& path);

// Reads the file and reports what the columns' compiler finds at its line. Never throws for what
// stands in the file.
[[nodiscard]] config::loaded load_configuration(const std::string& path, config::references how);

// Each finding on a line of its own to the error stream.
void print_findings(const config::loaded& from, console& terminal);

} // namespace sluice::daemon
