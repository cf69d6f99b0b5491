#include "shell.hpp"

#include "daemon/command_line.hpp"

#include <sstream>
#include <vector>

namespace sluice::daemon::tests {

ended run_sluice(std::initializer_list<std::string> arguments, const std::string& input)
{
    std::vector<const char*> argv{"sluice"};
    for (const std::string& each : arguments)
        argv.push_back(each.c_str());
    argv.push_back(nullptr);

    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    console terminal{in, out, err};
    const exit_code code =
        run_command_line(static_cast<int>(argv.size()) - 1, argv.data(), terminal);
    return {static_cast<int>(code), out.str(), err.str()};
}

} // namespace sluice::daemon::tests
