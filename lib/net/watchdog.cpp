#include "net/watchdog.hpp"

namespace sluice::net {

void watchdog::add(watched& item)
{
    const bool was_empty = items_.empty();
    items_.push_back(item);
    if (was_empty)
        sleeper_.wake();
}

awaitable<void> watchdog::run()
{
    while (!stopping_) {
        if (items_.empty()) {
            co_await sleeper_.sleep();
            continue;
        }
        co_await sleeper_.sleep_for(tick_);
        if (stopping_)
            break; // the clock may be gone by now
        const steady_time now = clock_.now();
        for (auto it = items_.begin(); it != items_.end();)
            (it++)->look(now);
    }
}

void watchdog::stop()
{
    stopping_ = true;
    sleeper_.wake();
}

} // namespace sluice::net
