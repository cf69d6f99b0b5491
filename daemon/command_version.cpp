#include "core/version.hpp"
#include "daemon/command.hpp"

#include <ostream>

namespace sluice::daemon {

action declare_version(CLI::App&)
{
    return [](console& terminal) {
        terminal.out << "sluice " << version << '\n';
        return exit_code::done;
    };
}

} // namespace sluice::daemon
