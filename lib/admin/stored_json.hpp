// What is stored, as JSON.
#pragma once

#include "sink/postgres/stored_reader.hpp"

#include <string>
#include <string_view>

namespace sluice::admin {

// GET /api/v1/pipelines/NAME/latest and /letters.
[[nodiscard]] std::string latest_json(std::string_view pipeline, const postgres::stored_rows& from);
[[nodiscard]] std::string letters_json(std::string_view pipeline,
                                       const std::vector<postgres::letter>& from);

} // namespace sluice::admin
