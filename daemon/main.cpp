#include "daemon/command_line.hpp"
#include "daemon/core_dumps.hpp"

#include <exception>
#include <iostream>

int main(int argc, char** argv)
{
    using namespace sluice::daemon;
    forbid_core_dumps();
    try {
        console terminal{std::cin, std::cout, std::cerr};
        const exit_code code = run_command_line(argc, argv, terminal);
        // Output that nobody received is a failure: `sluice check --defaults > /full/disk`.
        if (!std::cout.flush() && code == exit_code::done) {
            std::cerr << "sluice: cannot write the output; look at the disk or the pipe\n";
            return static_cast<int>(exit_code::failed);
        }
        return static_cast<int>(code);
    } catch (const std::exception& error) {
        std::cerr << "sluice: " << error.what() << "; if it happens again, report it\n";
        return static_cast<int>(exit_code::failed);
    }
}
