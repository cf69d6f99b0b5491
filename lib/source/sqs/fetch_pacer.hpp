// Decides how many fetchers run: one more for every poll that comes back full, one less for every
// poll that comes back empty. Performs no I/O and reads no clock.
#pragma once

#include <cstddef>

namespace sluice::sqs {

class fetch_pacer
{
public:
    struct bounds
    {
        std::size_t min = 1;
        std::size_t max = 40;
    };

    explicit fetch_pacer(bounds range) noexcept : range_(range), wanted_(range.min) {}

    void poll_was_full() noexcept
    {
        if (wanted_ < range_.max)
            ++wanted_;
    }

    void poll_was_empty() noexcept
    {
        if (wanted_ > range_.min)
            --wanted_;
    }

    // A throttled queue gets half as many: it asked for less.
    void was_throttled() noexcept { wanted_ = wanted_ / 2 > range_.min ? wanted_ / 2 : range_.min; }

    // With `running` fetchers: whether to start one more, or whether one must end.
    [[nodiscard]] bool too_few(std::size_t running) const noexcept { return running < wanted_; }
    [[nodiscard]] bool too_many(std::size_t running) const noexcept { return running > wanted_; }
    [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }

private:
    bounds range_;
    std::size_t wanted_;
};

} // namespace sluice::sqs
