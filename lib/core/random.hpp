// The port for chance: jitter in the daemon, the seed's own stream in the simulation. Not for keys.
#pragma once

#include <cstdint>
#include <random>

namespace sluice {

// Not thread-safe.
class random_source
{
public:
    random_source() = default;
    random_source(const random_source&) = delete;
    random_source& operator=(const random_source&) = delete;
    virtual ~random_source() = default;

    [[nodiscard]] virtual std::uint64_t next() = 0;

    // Uniform in [0, bound); bound > 0. Multiplies and shifts: the bias of 2^-64 x bound is none.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound)
    {
        __extension__ using wide = unsigned __int128;
        return static_cast<std::uint64_t>((static_cast<wide>(next()) * bound) >> 64);
    }

    // Uniform in [0, 1).
    [[nodiscard]] double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

class seeded_random final : public random_source
{
public:
    explicit seeded_random(std::uint64_t seed) : engine_(seed) {}
    [[nodiscard]] std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_;
};

// Seeded by the machine.
[[nodiscard]] inline std::uint64_t machine_seed()
{
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

} // namespace sluice
