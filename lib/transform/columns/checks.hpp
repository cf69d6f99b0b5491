// The checks of a column, on a value of its type, before it is masked.
#pragma once

#include "transform/columns/column_plan.hpp"

namespace sluice::transform {

// Characters of UTF-8.
[[nodiscard]] std::size_t count_characters(std::string_view text) noexcept;

[[nodiscard]] verdict check_length(std::string_view text, std::size_t length_max) noexcept;

[[nodiscard]] verdict check_value(const check_plan& plan, column_type type,
                                  const typed_value& value);

} // namespace sluice::transform
