// What the service manager is told (systemd, Type=notify; sd_notify(3)): that the daemon is ready,
// what it does, that it lives, that it ends.
#pragma once

#include "core/time.hpp"

#include <string>

namespace sluice::daemon {

// Each call is one datagram to $NOTIFY_SOCKET, and nothing where there is none. None of them fails:
// a service manager that cannot be told is no reason to stop. Not thread-safe.
class service_manager
{
public:
    service_manager();

    // Somebody listens: there is a reason to tell at all.
    [[nodiscard]] bool listens() const noexcept { return listens_; }

    // The longest silence that it bears before it kills and restarts the daemon (WatchdogSec= of
    // the unit; sd_watchdog_enabled(3)). Zero: any.
    [[nodiscard]] steady_clock::duration patience() const noexcept { return patience_; }

    void ready() const;
    void alive() const;
    void stopping() const;

    // What it runs is about to change; ready() ends that.
    void reloading() const;

    // One line for `systemctl status`. Sent only when it is another one.
    void status(const std::string& line);

private:
    void tell(const std::string& state) const;

    bool listens_ = false;
    steady_clock::duration patience_{0};
    std::string status_;
};

} // namespace sluice::daemon
