#include "daemon/command.hpp"

#include <array>

namespace sluice::daemon {
namespace {

constexpr std::array table{
    command{"check", "Check a configuration offline, and run its tests", declare_check},
    command{"preflight", "Check a configuration against the queue and the database (not yet built)",
            declare_planned},
    command{"init", "Write a configuration from sample messages (not yet built)", declare_planned},
    command{"letters", "List, replay and export dead letters (not yet built)", declare_planned},
    command{"keys", "Make and rotate the keys of masked columns", declare_keys},
    command{"version", "Print the version", declare_version},
};

} // namespace

std::span<const command> commands() noexcept
{
    return table;
}

} // namespace sluice::daemon
