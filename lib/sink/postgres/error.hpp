// What PostgreSQL said, without what it quoted from a row.
#pragma once

#include "sink/postgres/handles.hpp"
#include "sink/postgres/verdict.hpp"

#include <stdexcept>
#include <string>

namespace sluice::postgres {

// One error report of the server. Messages of the data classes may quote values, and DETAIL and
// CONTEXT always may: neither is kept (failures of masking must not begin in a log).
struct server_error
{
    std::string sqlstate;   // empty: the connection was lost, the server said nothing
    std::string text;       // safe to log
    std::string constraint; // names only
    std::string table;
    std::string column;
    bool raised = false; // by RAISE in a function
    bool fatal = false;  // the session is over: what it was doing may have been committed
};

[[nodiscard]] inline verdict judge(const server_error& error, statement which) noexcept
{
    return judge(error.sqlstate, which, !error.constraint.empty(), error.raised);
}

[[nodiscard]] server_error read_error(const PGresult* result);

// What is kept of a text of the server, whose errors may be as long as a row.
inline constexpr std::size_t error_bytes_max = 500;
[[nodiscard]] std::string bounded(std::string text);

// The class for a label: one of PostgreSQL's, "other" for what code in the database made up, "none"
// for a connection that was lost.
inline constexpr std::string_view other_class = "other";
[[nodiscard]] std::string_view sqlstate_class_of(std::string_view sqlstate) noexcept;

// One SQLSTATE speaks of a row too long for an index and of a server that has run out of
// transaction ids. The second is no fault of a row, and is told as 53400.
[[nodiscard]] std::string_view told_apart(std::string_view sqlstate,
                                          std::string_view source_function) noexcept;

// Thrown where the connection cannot go on: connecting, preparing, maintaining. The batches of a
// running connection get a commit_outcome instead.
class database_error : public std::runtime_error
{
public:
    explicit database_error(server_error error);

    [[nodiscard]] const server_error& error() const noexcept { return error_; }
    [[nodiscard]] verdict what_to_do() const noexcept { return judge(error_, statement::other); }

private:
    server_error error_;
};

} // namespace sluice::postgres
