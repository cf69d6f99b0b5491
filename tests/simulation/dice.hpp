// Chance, from one seed. Every part of the world throws dice of its own, so that what one part does
// more or less does not change the luck of the others.
#pragma once

#include "core/random.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <string_view>

namespace sluice::simulation {

// The seed of one part of the world (splitmix64 over the seed and the part's name).
[[nodiscard]] inline std::uint64_t seed_of(std::uint64_t seed, std::string_view part)
{
    std::uint64_t mixed = seed;
    for (const char c : part)
        mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    mixed += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

class dice
{
public:
    dice(std::uint64_t seed, std::string_view part) : random_(seed_of(seed, part)) {}

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
    [[nodiscard]] bool hit(double probability)
    {
        return probability > 0 && random_.unit() < probability;
    }

    // 0 to below 1.
    [[nodiscard]] double unit() { return random_.unit(); }

    template <std::integral Number>
    [[nodiscard]] Number between(Number least, Number most)
    {
        return least +
               static_cast<Number>(random_.below(static_cast<std::uint64_t>(most - least) + 1));
    }
    [[nodiscard]] steady_clock::duration between(steady_clock::duration least,
                                                 steady_clock::duration most)
    {
        return steady_clock::duration(between(least.count(), most.count()));
    }

    // Small numbers are as likely as large ones: 1 to 2 as 100 to 200.
    [[nodiscard]] std::size_t scale(std::size_t least, std::size_t most)
    {
        const double span = std::log(static_cast<double>(most) / static_cast<double>(least));
        const double drawn = static_cast<double>(least) * std::exp(span * random_.unit());
        return std::clamp(static_cast<std::size_t>(drawn + 0.5), least, most);
    }

    // How long something takes: mostly near `usual`, seldom ten times as long.
    [[nodiscard]] steady_clock::duration latency(steady_clock::duration usual)
    {
        const auto most = hit(0.05) ? usual * 10 : usual * 2;
        return between(usual / 4, most);
    }

    template <class Range>
    [[nodiscard]] auto& pick(Range& from)
    {
        return from[random_.below(from.size())];
    }

private:
    seeded_random random_;
};

} // namespace sluice::simulation
