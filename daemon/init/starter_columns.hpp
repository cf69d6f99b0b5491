// The columns that a starter configuration has: from the shape of samples to types, names, masks.
#pragma once

#include "config/record_settings.hpp"
#include "daemon/init/sample_shape.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::daemon {

struct starter_column
{
    config::column is;
    // What its owner should know of it, a line each.
    std::vector<std::string> notes;
};

struct starter_columns
{
    std::vector<starter_column> columns;
    // Which were in every sample, never null, of those at the top of the record that are not
    // masked; nothing where the samples are too few to tell.
    std::vector<std::string> always_there;
    bool left_fields_out = false; // there were more than starter_columns_max
};

// From so many samples on, what was so in all of them is taken for a rule.
inline constexpr std::size_t samples_that_tell = 20;
// At most so many columns: PostgreSQL's rows end at 8 KiB, of which a long text takes 18 bytes.
inline constexpr std::size_t starter_columns_max = sample_shape::record_fields_max;

// Every sample fits the columns. Every field that looks personal is masked.
[[nodiscard]] starter_columns choose_columns(const sample_shape& samples);

} // namespace sluice::daemon
