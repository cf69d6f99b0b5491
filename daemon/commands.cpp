#include "daemon/command.hpp"

#include <array>

namespace sluice::daemon {
namespace {

constexpr std::array table{
    command{"run", "Drain the queues into the tables", declare_run},
    command{"check", "Check a configuration offline, and run its tests", declare_check},
    command{"preflight", "Check a configuration against the queue and the database",
            declare_preflight},
    command{"plan", "Print the tables and statements as SQL", declare_plan},
    command{"migrate", "Make or update the tables", declare_migrate},
    command{"init", "Write a configuration from sample messages", declare_init},
    command{"send", "Send the lines of a file to a queue", declare_send},
    command{"letters", "List, show, replay, export and discard dead letters", declare_letters},
    command{"keys", "Make and rotate the keys of masked columns", declare_keys},
    command{"unmask", "Open sealed values; audited", declare_unmask},
    command{"health", "Ask a running daemon how it is", declare_health},
    command{"version", "Print the version", declare_version},
};

} // namespace

std::span<const command> commands() noexcept
{
    return table;
}

} // namespace sluice::daemon
