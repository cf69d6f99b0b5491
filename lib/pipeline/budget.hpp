// The bound on memory and on messages in flight. Every response is paid for before it is read.
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <list>

namespace sluice::pipeline {

// What a message costs, in turn and for a while at once: the response buffer that it came in, the
// row batch made of it, and libpq's copy of that. So a response is charged thrice, and each kind
// may take up a third of the budget.
inline constexpr std::size_t copies_of_a_response = 3;

struct amount
{
    std::size_t messages = 0;
    std::size_t bytes = 0;
};

// Not thread-safe. First come, first served, with two lines: a response that waits for room to be
// read (it holds a connection and messages) comes before a poll that has not begun.
class budget
{
public:
    enum class line
    {
        begun, // a response that is to be read
        fresh, // a poll that is to begin
    };

    budget(clock& time, amount limit) noexcept : clock_(time), limit_(limit) {}

    // Waits for the amount; false at the deadline or when closed. `held` is what the caller has
    // already: whoever holds all that is in use gets any amount, so that a response larger than
    // the whole budget passes alone.
    awaitable<bool> acquire(amount wanted, amount held, line where, steady_time deadline = never);
    void release(amount given_back);

    // No waiter of the fresh line will get anything any more, nor will later ones; the begun line
    // is served as before.
    void close();

    [[nodiscard]] amount used() const noexcept { return used_; }
    [[nodiscard]] amount limit() const noexcept { return limit_; }

private:
    struct waiter
    {
        amount wanted;
        amount held;
        sleeper* place;
        bool granted = false;
    };
    using waiters = std::list<waiter>;

    [[nodiscard]] bool fits(amount wanted, amount held) const noexcept;
    void serve(waiters& waiting);
    void serve_all();

    clock& clock_;
    amount limit_;
    amount used_;
    waiters begun_;
    waiters fresh_;
    bool closed_ = false;
};

} // namespace sluice::pipeline
