// Counts what the process allocates.
#pragma once

#include <cstdint>

namespace sluice::micro {

// Of all threads, since the process began: by malloc and all that is built on it.
[[nodiscard]] std::uint64_t allocations() noexcept;

} // namespace sluice::micro
