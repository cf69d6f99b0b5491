// Holds the target table against the columns of the configuration, before the first message.
#pragma once

#include "sink/postgres/connection.hpp"
#include "sink/postgres/target.hpp"

#include <string>
#include <vector>

namespace sluice::postgres {

struct finding
{
    bool fatal;       // rows cannot be stored at all
    std::string text; // what is wrong; what to do
    int line = 0;     // in the configuration file, 0 when no column is to blame
};

// What the catalog says of one column.
struct catalog_column
{
    std::string name;
    std::string type; // as format_type prints it
    bool not_null = false;
    bool has_default = false; // default, identity or generated
    bool writable = true;     // false: generated always
    int length = 0;           // of varchar(n) and char(n), else 0
};

// Pure: the comparison itself.
[[nodiscard]] std::vector<finding> compare(const target_table& target,
                                           const std::vector<catalog_column>& catalog);

// Reads the catalog and compares. A table that does not exist is one fatal finding.
awaitable<std::vector<finding>> check_table(connection& on, const target_table& target);

} // namespace sluice::postgres
