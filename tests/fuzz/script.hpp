// A fuzzer's bytes as a script: what happens next, and how much of it.
#pragma once

#include "core/random.hpp"
#include "fuzz/target.hpp"

#include <chrono>

namespace sluice::fuzz {

// At its end every byte is zero.
class script
{
public:
    explicit script(std::string_view bytes) noexcept : rest_(bytes) {}

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] unsigned byte() noexcept
    {
        return static_cast<unsigned char>(take_choice(rest_));
    }
    [[nodiscard]] unsigned below(unsigned bound) noexcept { return byte() % bound; }
    [[nodiscard]] bool flip() noexcept { return below(2) == 1; }

    // Up to a minute, in steps that grow: short pauses matter as much as long ones.
    [[nodiscard]] std::chrono::milliseconds pause() noexcept
    {
        const unsigned chosen = byte();
        return std::chrono::milliseconds((chosen & 15U) * (1U << (chosen >> 4U) % 13));
    }

private:
    std::string_view rest_;
};

// Chance, as the script has it.
class scripted_random final : public random_source
{
public:
    explicit scripted_random(script& from) noexcept : from_(from) {}
    [[nodiscard]] std::uint64_t next() override
    {
        // The first byte decides: both ends of every range are near.
        return std::uint64_t{from_.byte()} << 56 | (from_.byte() % 2 == 0 ? 0 : (~0ULL >> 8));
    }

private:
    script& from_;
};

} // namespace sluice::fuzz
