// Lists of the target's columns, as several statements need them.
#pragma once

#include "sink/postgres/target.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::postgres {

// "a", "b", each with the prefix before it.
[[nodiscard]] std::string column_names(const target_table& target, std::string_view prefix = {});

// unnest($n::type[]) of each column; in the target list, so that arrays of one length run side by
// side. `named`: each as its column's name.
[[nodiscard]] std::string unnest_columns(const target_table& target, std::size_t first_parameter,
                                         bool named);

} // namespace sluice::postgres
