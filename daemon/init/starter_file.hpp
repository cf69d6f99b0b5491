// A starter configuration as a commented YAML file.
#pragma once

#include "config/record_settings.hpp"
#include "daemon/init/starter_columns.hpp"

#include <cstddef>
#include <string>

namespace sluice::daemon {

struct starter_settings
{
    std::string pipeline;
    std::string table;     // table or schema.table
    std::string queue_url; // or a reference to it
    config::body_form form;
    std::size_t samples = 0;      // that were looked at
    bool is_cut = false;          // there are more
    bool left_fields_out = false; // the record has more fields than columns
};

// `sluice check` finds nothing wrong with it. No value of a sample is in it.
[[nodiscard]] std::string starter_file(const starter_settings& given, const starter_columns& made);

} // namespace sluice::daemon
