// Compiles the settings of a column into its plan.
#pragma once

#include "config/settings.hpp"
#include "transform/columns/column_plan.hpp"
#include "transform/json/path_trie.hpp"

#include <string>
#include <vector>

namespace sluice::transform {

// What is wrong with a setting of a column, and what to do. The loader knows the file.
struct mapping_error
{
    int line = 0;
    std::string column;
    std::string key; // of the column: "min"
    std::string text;

    friend bool operator==(const mapping_error&, const mapping_error&) = default;
};

// Where the values of all columns are found.
struct pointer_set
{
    json::path_trie body;
    json::path_trie attributes;   // of the object of all message attributes
    bool of_notification = false; // that object is of SNS, which writes attributes its own way
    bool uses_attributes = false;
};

// Appends to `errors`; then the plan is of no use. `table` is "schema.table", for the domain of a
// masked column that names none.
[[nodiscard]] column_plan compile_column(const config::column& from, std::string_view table,
                                         pointer_set& pointers, std::vector<mapping_error>& errors);

} // namespace sluice::transform
