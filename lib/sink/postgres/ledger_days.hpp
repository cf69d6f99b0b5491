// The days of sluice.ledger: a partition holds the messages sent on one UTC day, so that old days
// go by dropping a table. A key begins with SentTimestamp, so a day is a range of keys.
#pragma once

#include "core/time.hpp"
#include "sink/postgres/connection.hpp"

#include <string>
#include <vector>

namespace sluice::postgres {

using std::chrono::days;
using std::chrono::sys_days;

// SQS keeps a message for 14 days, hands it out for 12 hours more, and a day is for clocks that
// differ: what was sent before that can be dropped (reasons in lib/README.md, "The ledger").
inline constexpr days ledger_days_back{16};
inline constexpr days ledger_days_ahead{3};

struct day_range
{
    sys_days first;
    sys_days last; // included
};

[[nodiscard]] day_range days_around(wall_time now) noexcept;

// "ledger_20251120"
[[nodiscard]] std::string partition_name(sys_days day);

// The least key of a message sent on that day, as uuid text.
[[nodiscard]] std::string first_key_of(sys_days day);

// Statements that make one day: create, then attach, since CREATE ... PARTITION OF would lock out
// every writer and ATTACH does not (PostgreSQL manual, 5.11.2.1).
[[nodiscard]] std::vector<std::string> statements_for_day(sys_days day);

// Makes the days of the range that are missing and returns how many it made.
awaitable<std::size_t> make_days(connection& on, day_range wanted);

} // namespace sluice::postgres
