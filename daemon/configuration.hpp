// A configuration as a command uses it: read, and its columns compiled, so that whatever is wrong
// with it is found before anything begins.
#pragma once

#include "config/load.hpp"
#include "daemon/command.hpp"

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::daemon {

// What the caller of a command must change; ends it with exit code 2.
class usage_error : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

// `-c FILE`, the same for every command that reads a configuration.
CLI::Option* add_configuration_option(CLI::App& app, std::string& path);

// Reads the file and reports what the columns' compiler finds at its line. Never throws for what
// stands in the file.
[[nodiscard]] config::loaded load_configuration(const std::string& path, config::references how);

// For a command that needs some parts of the file only, such as "keys" and, of each pipeline,
// "source": the whole file must be right, but values outside of it must be there for these alone.
// Nothing of the other parts may be used.
[[nodiscard]] config::loaded load_parts(const std::string& path,
                                        std::span<const std::string_view> parts);

// The pipeline that `--pipeline` names, or the only one. Throws usage_error.
[[nodiscard]] const config::pipeline& choose_pipeline(const config::settings& from,
                                                      const std::string& name);

// "what is wrong; what to do", in its two halves.
[[nodiscard]] config::problem halves(std::string_view text);

// Each finding on a line of its own to the error stream.
void print_findings(const config::loaded& from, console& terminal);

} // namespace sluice::daemon
