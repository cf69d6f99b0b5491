// The table that the rows go to, as SQL sees it.
#pragma once

#include "transform/mapping.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::postgres {

struct target_column
{
    std::string name;
    std::string element_type; // of the array parameter: "text", "int4"
    std::string cast;         // applied to each element, empty if none: "int4[]"
    std::string column_type;  // in CREATE TABLE: "varchar(128)"
    bool required = false;    // NOT NULL in CREATE TABLE
    int line = 0;             // in the configuration file
};

struct target_table
{
    std::string schema;
    std::string table;
    std::vector<target_column> columns;

    [[nodiscard]] std::string quoted_name() const;
};

// The table of a pipeline, from its compiled columns.
[[nodiscard]] target_table make_target(std::string schema, std::string table,
                                       const transform::mapping& columns);

// An identifier as SQL takes it, whatever it contains (PostgreSQL manual, 4.1.1).
[[nodiscard]] std::string quote_identifier(std::string_view name);

// A string constant as SQL takes it, with standard_conforming_strings on (4.1.2.1).
[[nodiscard]] std::string quote_literal(std::string_view text);

} // namespace sluice::postgres
