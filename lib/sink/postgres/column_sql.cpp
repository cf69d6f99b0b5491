#include "sink/postgres/column_sql.hpp"

#include <fmt/format.h>

#include <vector>

namespace sluice::postgres {

std::string column_names(const target_table& target, std::string_view prefix)
{
    std::vector<std::string> names;
    for (const target_column& column : target.columns)
        names.push_back(fmt::format("{}{}", prefix, quote_identifier(column.name)));
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string unnest_columns(const target_table& target, std::size_t first_parameter, bool named)
{
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < target.columns.size(); ++i) {
        const target_column& column = target.columns[i];
        std::string part =
            fmt::format("unnest(${}::{}[])", first_parameter + i, column.element_type);
        if (!column.cast.empty())
            part += "::" + column.cast;
        if (named)
            part += " AS " + quote_identifier(column.name);
        parts.push_back(std::move(part));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace sluice::postgres
