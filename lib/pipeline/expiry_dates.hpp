// What a pipeline stands on that ends by itself unless somebody renews it.
#pragma once

#include "core/time.hpp"

#include <optional>

namespace sluice::pipeline {

// Nothing: it never ends, is not used, or was not seen yet.
struct expiry_dates
{
    std::optional<wall_time> credentials{};          // those for the queue
    std::optional<wall_time> queue_certificate{};    // the first to end of those seen
    std::optional<wall_time> database_certificate{}; // the same
    std::optional<wall_time> ledger{};               // of the last day that it has
};

} // namespace sluice::pipeline
