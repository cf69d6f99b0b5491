// A histogram of fixed bounds, as Prometheus has it. Plain numbers of one thread.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <span>

namespace sluice {

template <std::size_t Bounds>
class histogram
{
public:
    // Ascending upper bounds; what is above the last is counted as well.
    constexpr explicit histogram(std::array<double, Bounds> bounds) noexcept : bounds_(bounds) {}

    void observe(double value, std::uint64_t times = 1) noexcept
    {
        const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value);
        counts_[static_cast<std::size_t>(bucket - bounds_.begin())] += times;
        sum_ += value * static_cast<double>(times);
    }

    template <class Rep, class Period>
    void observe(std::chrono::duration<Rep, Period> value, std::uint64_t times = 1) noexcept
    {
        observe(std::chrono::duration<double>(value).count(), times);
    }

    [[nodiscard]] std::span<const double> bounds() const noexcept { return bounds_; }
    // One more than there are bounds; not cumulative.
    [[nodiscard]] std::span<const std::uint64_t> counts() const noexcept { return counts_; }
    [[nodiscard]] double sum() const noexcept { return sum_; }

private:
    std::array<double, Bounds> bounds_;
    std::array<std::uint64_t, Bounds + 1> counts_{};
    double sum_ = 0;
};

// From half a millisecond to a minute: calls and commits.
inline constexpr std::array<double, 16> call_seconds{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

// From a tenth of a second to a day: how long ago a message was sent.
inline constexpr std::array<double, 14> age_seconds{0.1, 0.25, 0.5,  1,    2.5,   5,     15,
                                                    60,  300,  1800, 3600, 14400, 43200, 86400};

using call_histogram = histogram<call_seconds.size()>;
using age_histogram = histogram<age_seconds.size()>;

} // namespace sluice
