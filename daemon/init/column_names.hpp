// The names of a table's columns, each once.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace sluice::daemon {

class column_names
{
public:
    // The name as PostgreSQL can take it: cut to its length, and with a number behind it where
    // another column has it, or every table.
    [[nodiscard]] std::string give(std::string_view wanted);

private:
    std::set<std::string, std::less<>> taken_;
};

} // namespace sluice::daemon
