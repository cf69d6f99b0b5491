// The tests of a starter configuration, made of invented values.
#pragma once

#include "config/record_settings.hpp"
#include "daemon/init/starter_columns.hpp"

#include <string>

namespace sluice::daemon {

// The elements of `tests:`, indented. They pass.
[[nodiscard]] std::string starter_tests(const config::body_form& form, const starter_columns& made);

} // namespace sluice::daemon
