// The two times: a steady one for every wait, a wall clock for what SQS and people say.
#pragma once

#include <chrono>

namespace sluice {

using steady_clock = std::chrono::steady_clock;
using steady_time = steady_clock::time_point;

// Milliseconds since 1970-01-01 UTC, the unit of SentTimestamp.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

inline constexpr steady_time never = steady_time::max();

} // namespace sluice
