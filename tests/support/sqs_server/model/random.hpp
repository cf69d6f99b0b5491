// Seeded randomness: one seed, one history.
#pragma once

#include <cstdint>
#include <random>

namespace sluice::sqs_server {

class random_source
{
public:
    explicit random_source(std::uint64_t seed) : engine_(seed) {}

    [[nodiscard]] std::uint64_t next() { return engine_(); }

    // 0 ... bound - 1. The bias of the remainder is far below what a test could see.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }

    // The standard's distributions differ between libraries; this one does not.
    [[nodiscard]] bool chance(double probability)
    {
        constexpr double steps = 9007199254740992.0; // 2^53: what a double holds exactly
        return probability > 0 && static_cast<double>(next() >> 11) / steps < probability;
    }

private:
    std::mt19937_64 engine_;
};

} // namespace sluice::sqs_server
