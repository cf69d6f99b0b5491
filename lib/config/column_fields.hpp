// The fields of a column that are more than a single word or number.
#pragma once

#include "config/form.hpp"
#include "config/settings.hpp"

#include <optional>
#include <vector>

namespace sluice::config {

// `text`, `integer[]`: sets the type and whether it is an array.
[[nodiscard]] field type_field(column& one);

// A JSON pointer or metadata.
[[nodiscard]] field origin_field(column& one);

// A verb, `{ format: PATTERN }`, or a list of these.
[[nodiscard]] field parse_field(std::vector<parse_step>& out);

// A plain null is a default too; a quoted one is text.
[[nodiscard]] field fallback_field(std::optional<default_value>& out);

} // namespace sluice::config
