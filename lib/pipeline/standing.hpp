// How a pipeline stands, for whoever looks after it.
#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::pipeline {

enum class state : std::uint8_t
{
    waiting,  // for the queue or the database: not ready yet, down, or to be repaired by a person
    running,  // receives
    paused,   // by an operator: receives nothing, finishes what it holds
    braked,   // too many dead letters: receives nothing and writes nothing
    draining, // a stop was asked for: finishes what it holds, and ends
    ended,
};

[[nodiscard]] std::string_view to_string(state what) noexcept;

struct standing
{
    state now = state::waiting;
    std::string why{};        // it is not running; empty when it is
    wall_time since{};        // when this state began
    steady_time since_time{}; // the same, to measure from
};

} // namespace sluice::pipeline
