#include "pipeline/budget.hpp"

#include <cassert>

namespace sluice::pipeline {

bool budget::fits(amount wanted, amount held) const noexcept
{
    const bool alone = used_.messages == held.messages && used_.bytes == held.bytes;
    return alone || (used_.messages + wanted.messages <= limit_.messages &&
                     used_.bytes + wanted.bytes <= limit_.bytes);
}

awaitable<bool> budget::acquire(amount wanted, amount held, line where, steady_time deadline)
{
    waiters& waiting = where == line::begun ? begun_ : fresh_;
    const bool nobody_before = begun_.empty() && (where == line::begun || fresh_.empty());
    if (nobody_before && !(closed_ && where == line::fresh) && fits(wanted, held)) {
        used_.messages += wanted.messages;
        used_.bytes += wanted.bytes;
        co_return true;
    }
    if (closed_ && where == line::fresh)
        co_return false;

    sleeper place(clock_);
    const auto self = waiting.insert(waiting.end(), waiter{wanted, held, &place});
    try {
        co_await place.sleep_until(deadline);
    } catch (...) { // cancelled
        const bool granted = self->granted;
        waiting.erase(self);
        if (granted)
            release(wanted);
        else
            serve_all();
        throw;
    }
    const bool granted = self->granted;
    waiting.erase(self);
    if (!granted)
        serve_all(); // it may have stood before others who fit
    co_return granted;
}

// Grants from the front, and never past somebody who waits for more: no one starves.
void budget::serve(waiters& waiting)
{
    if (&waiting == &fresh_)
        for (const waiter& each : begun_)
            if (!each.granted)
                return;
    for (waiter& each : waiting) {
        if (each.granted)
            continue;
        if (!fits(each.wanted, each.held))
            return;
        used_.messages += each.wanted.messages;
        used_.bytes += each.wanted.bytes;
        each.granted = true;
        each.place->wake();
    }
}

void budget::release(amount given_back)
{
    assert(used_.messages >= given_back.messages && used_.bytes >= given_back.bytes);
    used_.messages -= given_back.messages;
    used_.bytes -= given_back.bytes;
    serve_all();
}

void budget::serve_all()
{
    serve(begun_);
    if (!closed_)
        serve(fresh_);
}

void budget::close()
{
    closed_ = true;
    for (waiter& each : fresh_)
        each.place->wake();
}

} // namespace sluice::pipeline
