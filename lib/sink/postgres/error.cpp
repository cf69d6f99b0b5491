#include "sink/postgres/error.hpp"

#include <fmt/format.h>

namespace sluice::postgres {
namespace {

std::string field(const PGresult* result, int code)
{
    const char* const value = PQresultErrorField(result, code);
    return value == nullptr ? std::string() : std::string(value);
}

// Data exceptions, constraint violations and RAISE may quote the row in their very message.
bool may_quote_values(std::string_view sqlstate)
{
    const std::string_view sqlstate_class = sqlstate.substr(0, 2);
    return sqlstate_class == "22" || sqlstate_class == "23" || sqlstate_class == "P0" ||
           sqlstate_class == "21" || sqlstate_class == "54";
}

} // namespace

server_error read_error(const PGresult* result)
{
    server_error error;
    error.sqlstate = field(result, PG_DIAG_SQLSTATE);
    error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    error.table = field(result, PG_DIAG_TABLE_NAME);
    error.column = field(result, PG_DIAG_COLUMN_NAME);
    const std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    error.fatal = error.sqlstate.empty() || severity == "FATAL" || severity == "PANIC";
    if (error.sqlstate.empty()) {
        error.text = "the connection to the database was lost";
    } else if (may_quote_values(error.sqlstate)) {
        error.text = fmt::format("SQLSTATE {}", error.sqlstate);
        if (!error.constraint.empty())
            error.text += fmt::format(", constraint {}", error.constraint);
        if (!error.column.empty())
            error.text += fmt::format(", column {}", error.column);
    } else {
        error.text =
            fmt::format("{} (SQLSTATE {})", field(result, PG_DIAG_MESSAGE_PRIMARY), error.sqlstate);
    }
    return error;
}

database_error::database_error(server_error error)
    : std::runtime_error(error.text), error_(std::move(error))
{}

} // namespace sluice::postgres
