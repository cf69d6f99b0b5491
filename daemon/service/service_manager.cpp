#include "daemon/service/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>

namespace sluice::daemon {

service_manager::service_manager()
{
    const char* const socket = std::getenv("NOTIFY_SOCKET");
    listens_ = socket != nullptr && *socket != '\0';
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) > 0)
        patience_ = std::chrono::microseconds(microseconds);
}

void service_manager::ready() const
{
    tell("READY=1");
}

void service_manager::alive() const
{
    tell("WATCHDOG=1");
}

void service_manager::stopping() const
{
    tell("STOPPING=1");
}

// The time tells which of several requests is being answered.
void service_manager::reloading() const
{
    const auto since_boot = steady_clock::now().time_since_epoch();
    tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                     std::chrono::floor<std::chrono::microseconds>(since_boot).count()));
}

void service_manager::status(const std::string& line)
{
    if (line == status_)
        return;
    status_ = line;
    tell("STATUS=" + line);
}

void service_manager::tell(const std::string& state) const
{
    if (listens_)
        (void)sd_notify(0, state.c_str());
}

} // namespace sluice::daemon
