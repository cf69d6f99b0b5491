// Runs coroutines of a test on one thread, beside a clock of the test.
#pragma once

#include "support/virtual_clock.hpp"

#include <functional>

namespace sluice::test {

using asio::awaitable;

struct loop
{
    virtual_clock time;
    asio::io_context io{1}; // dies first, and with it coroutines that still sleep
    // While true, the clock goes on by a tenth of a second whenever nothing else is to be done.
    bool time_flows = false;

    [[nodiscard]] asio::any_io_executor executor() { return io.get_executor(); }

    // Starts a coroutine that must have ended, without an exception, when the test ends.
    void start(std::function<awaitable<void>()> work);

    void pass(steady_clock::duration span) { time.move_to(time.now() + span); }

    // Runs everything until the condition holds; throws if it does not for a long while.
    void run_until(const std::function<bool()>& condition);

    // The same for a coroutine of the test, which runs inside the loop. Time cannot flow meanwhile.
    awaitable<void> until(std::function<bool()> condition);

    // Runs one coroutine to its end, and rethrows what it throws.
    void play(std::function<awaitable<void>()> work);

    // Runs until all that was started has ended.
    void finish();

private:
    int running_ = 0;
};

} // namespace sluice::test
