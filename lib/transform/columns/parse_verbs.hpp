// `parse:`: what a text goes through before it is a value.
#pragma once

#include "transform/columns/column_plan.hpp"

namespace sluice::transform {

// Trims and turns letters as the plan says. What it returns views `text` or `scratch`.
[[nodiscard]] std::string_view prepare_text(const parse_plan& plan, std::string_view text,
                                            byte_buffer& scratch);

// Reads a text by the last verb of the plan, which is not `literal`.
[[nodiscard]] verdict read_by_verb(const parse_plan& plan, column_type type, std::string_view text,
                                   typed_value& into) noexcept;

} // namespace sluice::transform
