// The one place where an SQLSTATE turns into what to do about it. Nobody else compares codes.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::postgres {

// The statements of a batch, in the order in which a segment sends them.
enum class statement : std::uint8_t
{
    ledger,  // fast path: insert into sluice.ledger
    rows,    // fast path: insert into the target
    letters, // fast path: insert into sluice.dead_letters
    floor,   // careful path: the ledger's floor, read before the rest
    careful, // careful path: ledger, rows and dead letters in one statement
    barrier, // careful path: this connection's row of sluice.barrier
    commit,  // all statements were fine, the commit at the Sync was not (deferred constraints)
    other,   // connecting, preparing, maintaining
};

[[nodiscard]] std::string_view to_string(statement which) noexcept;

enum class verdict : std::uint8_t
{
    duplicate,           // a key is in the ledger already: run the batch on the careful path
    try_again,           // a conflict with another transaction: the same batch may go at once
    row_is_bad,          // one row of the batch cannot be stored; sending it again cannot help
    database_is_sick,    // nothing wrong with batch or deployment: hold everything, try later
    deployment_is_wrong, // table, right, password or database is missing: a person must act
};

[[nodiscard]] std::string_view to_string(verdict what) noexcept;

// `sqlstate` has five characters, or is empty when libpq had none (a lost connection).
// `has_constraint`: the error names a constraint. A check violation without one is a row for which
// no partition exists, which no row is to blame for. `raised`: a function said so by RAISE.
[[nodiscard]] verdict judge(std::string_view sqlstate, statement which, bool has_constraint,
                            bool raised = false) noexcept;

// Whether the statement is one that a row can make fail.
[[nodiscard]] bool carries_rows(statement which) noexcept;

// Whether the error is a row for which no partition exists: in the ledger, a message that is too
// old, or a day that nobody made.
[[nodiscard]] bool lacks_partition(std::string_view sqlstate, bool has_constraint) noexcept;

} // namespace sluice::postgres
