// How many transform threads a pipeline gets.
#pragma once

#include "config/settings.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice::daemon {

inline constexpr std::size_t io_threads = 1;

// "auto" leaves the I/O thread a core of its own; several pipelines share the workers evenly.
// `cores` may be 0: unknown.
[[nodiscard]] inline std::size_t workers_per_pipeline(const config::settings& from,
                                                      std::size_t cores)
{
    const std::size_t spare = cores > io_threads ? cores - io_threads : 1;
    const std::size_t all = from.workers != 0 ? from.workers : std::min(spare, config::workers_max);
    return std::max<std::size_t>(1, all / std::max<std::size_t>(1, from.pipelines.size()));
}

} // namespace sluice::daemon
