// One round of care for sluice.ledger: makes the days ahead and takes away those that are too old,
// while writers go on.
#pragma once

#include "sink/postgres/connection.hpp"
#include "sink/postgres/ledger_days.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::postgres {

struct ledger_round
{
    std::vector<sys_days> made;
    std::vector<sys_days> dropped;
    int days_left = 0;             // days after today that take entries, without a gap
    bool today = false;            // whether today does
    wall_time until{};             // what is sent later has no day yet
    std::string role;              // whose session this is
    bool allowed = false;          // whether it may make and drop days
    std::vector<std::string> left; // what could not be done this time, and why
};

// What was done, a line each.
[[nodiscard]] std::vector<std::string> describe(const ledger_round& what);

// What a person should know, a line each: empty if all is well.
[[nodiscard]] std::vector<std::string> warnings_of(const ledger_round& what);

// The caller holds the advisory lock, and the schema is up to date. Waits for no lock longer than
// a moment: what is in use today goes another time. Throws database_error for a connection that is
// lost and for what is no matter of locks.
//
// A day is made by CREATE and ATTACH, and goes by DETACH CONCURRENTLY and DROP: none of them takes
// a lock that an insert waits for (PostgreSQL manual, 5.11.2.1). Before the first day goes,
// `closing` tells that messages below it are too old; `floor` follows in the transaction that
// drops. In between the day's entries are still there, but take no more.
//
// Beside it, rows of sluice.barrier go whose processes are gone, where the role may delete them.
awaitable<ledger_round> tend_ledger(connection& on, wall_time now);

} // namespace sluice::postgres
