// Deadlines without a timer for each operation: things that may be late are looked at once a tick,
// all of them by one coroutine that sleeps while there is nothing to look at.
#pragma once

#include "core/clock.hpp"

#include <boost/intrusive/list.hpp>

namespace sluice::net {

// Something with a deadline. Leaves the list of its watchdog when it dies.
class watched : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
    watched() = default;
    watched(const watched&) = delete;
    watched& operator=(const watched&) = delete;

    // Called once a tick. Must neither throw nor resume a coroutine, and may only remove itself.
    virtual void look(steady_time now) noexcept = 0;

protected:
    ~watched() = default;
};

// Not thread-safe. Must outlive its run(), but need not outlive the items.
class watchdog
{
public:
    watchdog(clock& time, steady_clock::duration tick) noexcept
        : clock_(time), sleeper_(time), tick_(tick)
    {}

    void add(watched& item);
    static void remove(watched& item) { item.unlink(); } // if it is in a list

    // Looks around until stop().
    awaitable<void> run();
    void stop();

private:
    using items = boost::intrusive::list<watched, boost::intrusive::constant_time_size<false>>;

    clock& clock_;
    sleeper sleeper_;
    items items_;
    steady_clock::duration tick_;
    bool stopping_ = false;
};

} // namespace sluice::net
