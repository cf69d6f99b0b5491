#include "sink/postgres/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

// Code in the database chooses its words, and may take any SQLSTATE for them: RAISE, and SQL that a
// function put together.
bool comes_from_a_function(const PGresult* result)
{
    return field(result, PG_DIAG_SOURCE_FUNCTION) == "exec_stmt_raise" ||
           PQresultErrorField(result, PG_DIAG_INTERNAL_QUERY) != nullptr;
}

// The classes of PostgreSQL's manual, appendix A.
constexpr std::array<std::string_view, 43> sqlstate_classes{
    "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "20", "21", "22",
    "23", "24", "25", "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F",
    "40", "42", "44", "53", "54", "55", "57", "58", "72", "F0", "HV", "P0", "XX",
};

} // namespace

std::string_view sqlstate_class_of(std::string_view sqlstate) noexcept
{
    if (sqlstate.empty())
        return "none";
    const auto* const found = std::ranges::find(sqlstate_classes, sqlstate.substr(0, 2));
    return found == sqlstate_classes.end() ? "other" : *found;
}

std::string_view told_apart(std::string_view sqlstate, std::string_view source_function) noexcept
{
    constexpr std::string_view program_limit_exceeded = "54000";
    constexpr std::string_view configuration_limit_exceeded = "53400";
    const bool is_out_of_ids =
        source_function == "GetNewTransactionId" || source_function == "GetNewMultiXactId";
    return sqlstate == program_limit_exceeded && is_out_of_ids ? configuration_limit_exceeded
                                                               : sqlstate;
}

std::string bounded(std::string text)
{
    if (text.size() <= error_bytes_max)
        return text;
    std::size_t end = error_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end; // a character is kept whole
    text.resize(end);
    return text += "...";
}

server_error read_error(const PGresult* result)
{
    server_error error;
    error.sqlstate =
        told_apart(field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_SOURCE_FUNCTION));
    error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    error.table = field(result, PG_DIAG_TABLE_NAME);
    error.column = field(result, PG_DIAG_COLUMN_NAME);
    const std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    error.fatal = error.sqlstate.empty() || severity == "FATAL" || severity == "PANIC";
    if (error.sqlstate.empty()) {
        error.text = "the connection to the database was lost";
    } else if (may_quote_values(error.sqlstate) || comes_from_a_function(result)) {
        error.text = fmt::format("SQLSTATE {}", error.sqlstate);
        if (!error.constraint.empty())
            error.text += fmt::format(", constraint {}", error.constraint);
        if (!error.column.empty())
            error.text += fmt::format(", column {}", error.column);
        if (lacks_partition(error.sqlstate, !error.constraint.empty()) && !error.table.empty())
            error.text += fmt::format(", table {} has no partition for a row", error.table);
    } else {
        error.text = fmt::format("{} (SQLSTATE {})",
                                 bounded(field(result, PG_DIAG_MESSAGE_PRIMARY)), error.sqlstate);
    }
    return error;
}

database_error::database_error(server_error error)
    : std::runtime_error(error.text), error_(std::move(error))
{}

} // namespace sluice::postgres
