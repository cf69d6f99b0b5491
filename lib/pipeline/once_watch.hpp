// Decides when `--once` is done: nothing in flight here, every fetcher saw an empty long poll, and
// the queue says that it is empty, twice, a second apart. Performs no I/O and reads no clock.
#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <optional>

namespace sluice::pipeline {

class once_watch
{
public:
    static constexpr std::chrono::seconds between_readings{1};

    enum class step
    {
        wait, // look again soon
        read, // read the attributes of the queue
        done,
    };

    explicit once_watch(std::chrono::seconds visibility) noexcept : visibility_(visibility) {}

    // `idle`: nothing in flight, and every fetcher saw nothing.
    [[nodiscard]] step look(bool idle, steady_time now) noexcept
    {
        if (!idle) {
            idle_since_.reset();
            empty_readings_ = 0;
            return step::wait;
        }
        if (!idle_since_)
            idle_since_ = now;
        if (empty_readings_ >= 2)
            return step::done;
        // Without the right to read attributes, silence for a whole timeout must do: whatever
        // another consumer had in work would have come back.
        if (unreadable_)
            return now - *idle_since_ >= visibility_ ? step::done : step::wait;
        if (empty_readings_ == 1 && now - last_reading_ < between_readings)
            return step::wait;
        return step::read;
    }

    // visible + not visible + delayed.
    void counted(std::uint64_t messages, steady_time now) noexcept
    {
        last_reading_ = now;
        empty_readings_ = messages == 0 ? empty_readings_ + 1 : 0;
    }

    void may_not_read() noexcept { unreadable_ = true; }

private:
    std::chrono::seconds visibility_;
    std::optional<steady_time> idle_since_;
    steady_time last_reading_{};
    unsigned empty_readings_ = 0;
    bool unreadable_ = false;
};

} // namespace sluice::pipeline
