// A small concurrent program that the checker runs under many schedules.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace sluice::model {

struct search
{
    enum class kind
    {
        every, // all schedules with at most `switches` preemptions, and all that loads may see
        random,
    };

    kind how = kind::random;
    unsigned switches = 0;    // of every
    std::uint64_t rounds = 0; // of random; of every: no more than this many
};

struct outcome
{
    bool good = true;
    std::uint64_t rounds = 0; // schedules that were run
    std::string report;       // what the checker says of a bad one, with its steps
    std::string fault;        // "DATA RACE"; empty if good
};

struct scenario
{
    std::string name;
    search how;
    outcome (*run)(const search& how, bool with_steps);
};

[[nodiscard]] std::span<const scenario> ring_scenarios();
[[nodiscard]] std::span<const scenario> bell_scenarios();

} // namespace sluice::model
