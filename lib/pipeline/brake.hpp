// The brake: when too large a share of what comes cannot be stored, a person has changed something,
// and a pause costs less than a table full of dead letters. Performs no I/O and reads no clock.
#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace sluice::pipeline {

class brake
{
public:
    struct limits
    {
        bool on = true;
        std::size_t share_percent = 20; // of the messages of a window
        std::size_t count = 1000;       // and at least so many dead letters in it
        steady_clock::duration window = std::chrono::seconds{60};
    };

    explicit brake(limits how) noexcept : limits_(how) {}

    // A batch was stored. Returns whether it is too much now; the window then begins anew.
    [[nodiscard]] bool stored(steady_time now, std::size_t messages, std::size_t dead_letters);

    // It was released: what was stored before counts no more.
    void begin_anew() noexcept;

    // Why it was pulled last.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    // What was stored within a part of the window.
    struct slice
    {
        steady_time began;
        std::uint64_t messages = 0;
        std::uint64_t dead_letters = 0;
    };

    void forget(steady_time now);
    [[nodiscard]] bool is_too_much() const noexcept;

    limits limits_;
    std::deque<slice> slices_; // the oldest first
    std::uint64_t messages_ = 0;
    std::uint64_t dead_letters_ = 0;
    std::string text_;
};

} // namespace sluice::pipeline
