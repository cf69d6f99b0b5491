// Guesses how long the next receive response will be: the longest of late, slowly forgotten.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sluice::pipeline {

class response_size
{
public:
    [[nodiscard]] std::size_t expected() const noexcept { return expected_; }

    void seen(std::size_t bytes) noexcept
    {
        expected_ = std::max({bytes, expected_ - expected_ / 32, least});
    }

private:
    static constexpr std::size_t least = 4096;

    std::size_t expected_ = 16384; // ten messages of a kilobyte and a half
};

} // namespace sluice::pipeline
