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

// Data exceptions, constraint violations, RAISE and external routines may quote the row in their
// very message.
bool may_quote_values(std::string_view sqlstate)
{
    constexpr std::array<std::string_view, 7> classes{"21", "22", "23", "38", "39", "54", "P0"};
    return std::ranges::find(classes, sqlstate.substr(0, 2)) != classes.end();
}

// Code in the database chooses its words, and may take any SQLSTATE for them, and any names: RAISE,
// SQL that a function put together, an error of another language. All of them tell where they were.
bool comes_from_a_function(const PGresult* result)
{
    return PQresultErrorField(result, PG_DIAG_CONTEXT) != nullptr ||
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
    return found == sqlstate_classes.end() ? other_class : *found;
}

std::string_view told_apart(std::string_view sqlstate, std::string_view source_function) noexcept
{
    constexpr std::string_view program_limit_exceeded = "54000";
    constexpr std::string_view configuration_limit_exceeded = "53400";
    // Transaction ids, or the blocks of a file, and no value of a row.
    constexpr std::array<std::string_view, 4> out_of_something{
        "GetNewTransactionId", "GetNewMultiXactId", "mdextend", "mdzeroextend"};
    const bool is_out =
        std::ranges::find(out_of_something, source_function) != out_of_something.end();
    return sqlstate == program_limit_exceeded && is_out ? configuration_limit_exceeded : sqlstate;
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
    } else if (field(result, PG_DIAG_SOURCE_FUNCTION) == "exec_stmt_raise") {
        error.raised = true;
        // RAISE ... USING names what it likes. With a constraint, 23514 is no missing partition.
        error.constraint = error.sqlstate.starts_with("23") ? "raised" : "";
        error.table.clear();
        error.column.clear();
        error.text = fmt::format("SQLSTATE {}, raised by a function", error.sqlstate);
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
