// A value in PostgreSQL's binary form as the text that psql would show.
#pragma once

#include "transform/columns/column_plan.hpp"

#include <string>
#include <string_view>

namespace sluice::daemon {

// `bytes` is what the transformer wrote for a column of this plan.
[[nodiscard]] std::string element_text(const transform::column_plan& of, std::string_view bytes);

} // namespace sluice::daemon
