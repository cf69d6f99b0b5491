#include "daemon/command.hpp"

#include <ostream>

namespace sluice::daemon {

action declare_planned(CLI::App& app)
{
    app.prefix_command(); // whatever follows is not looked at
    return [name = app.get_name()](console& terminal) {
        terminal.err << "sluice " << name
                     << ": is planned but not yet built; see sluice --help for what is\n";
        return exit_code::wrong_usage;
    };
}

} // namespace sluice::daemon
