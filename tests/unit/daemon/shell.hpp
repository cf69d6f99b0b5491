// Runs `sluice` inside of the test.
#pragma once

#include <initializer_list>
#include <string>

namespace sluice::daemon::tests {

struct ended
{
    int code;
    std::string out;
    std::string err;
};

// The arguments behind `sluice`, and what stands on standard input.
[[nodiscard]] ended run_sluice(std::initializer_list<std::string> arguments,
                               const std::string& input = {});

} // namespace sluice::daemon::tests
