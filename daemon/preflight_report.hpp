// Shows what `sluice preflight` found, as a table or as JSON.
#pragma once

#include "core/check_result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::daemon {

struct preflight_result
{
    std::string pipeline;
    check_results found;
};

// One line each: level, subject, what is there, what to do. `file` names the places.
[[nodiscard]] std::string preflight_table(std::string_view file,
                                          const std::vector<preflight_result>& results);

[[nodiscard]] std::string preflight_json(std::string_view file,
                                         const std::vector<preflight_result>& results);

[[nodiscard]] check_level worst(const std::vector<preflight_result>& results);

} // namespace sluice::daemon
