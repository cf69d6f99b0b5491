// Whether a file that was read again asks for anything else.
#pragma once

#include "config/settings.hpp"

namespace sluice::config {

// Whether the two ask a running pipeline for the same. Where things stand in the file, and its
// tests, are no part of that; values of references are.
[[nodiscard]] bool same_work(const pipeline& one, const pipeline& other);

} // namespace sluice::config
