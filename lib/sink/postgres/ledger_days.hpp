// The days of sluice.ledger: a partition holds the messages sent on one UTC day, so that old days
// go by dropping a table. A key begins with SentTimestamp, so a day is a range of keys. What is to
// be made and what to go is decided here, without I/O and without a clock.
#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::postgres {

using std::chrono::days;
using std::chrono::sys_days;

// SQS keeps a message for 14 days, hands it out for 12 hours more, and a day is for clocks that
// differ: what was sent before that comes no more, and its entries can go.
inline constexpr std::chrono::hours ledger_kept{15 * 24 + 12};
inline constexpr days ledger_days_ahead{3};
// Below this the owner of the tables is called for.
inline constexpr int ledger_days_ahead_min = 2;

struct day_range
{
    sys_days first;
    sys_days last; // included
};

// The days that the ledger must have at this time.
[[nodiscard]] day_range days_around(wall_time now) noexcept;

// "ledger_20251120"
[[nodiscard]] std::string partition_name(sys_days day);
// Nothing if it is not the name of a day.
[[nodiscard]] std::optional<sys_days> day_of_partition(std::string_view name);

// The least key of a message sent on that day, as uuid text.
[[nodiscard]] std::string first_key_of(sys_days day);
// The day that a key belongs to; nothing if the text is no uuid.
[[nodiscard]] std::optional<sys_days> day_of_key(std::string_view uuid_text);

// Statements that make one day: create, then attach, since CREATE ... PARTITION OF would lock out
// every writer and ATTACH does not.
[[nodiscard]] std::vector<std::string> statements_for_day(sys_days day);

// How the table of a day stands to the ledger.
enum class day_state : std::uint8_t
{
    attached,  // takes entries
    detaching, // being detached, or that was interrupted: takes none
    loose,     // a table of its own: not attached yet, or no more
};

struct ledger_day
{
    sys_days day;
    day_state state;

    friend bool operator==(const ledger_day&, const ledger_day&) = default;
};

struct day_plan
{
    std::vector<sys_days> make;    // ascending
    std::vector<ledger_day> go;    // ascending: too old
    std::optional<sys_days> floor; // days before it go, or are gone
};

// What must be done. `closing`: no day before it may come back. Two clocks, since a day that goes
// too early cannot be brought back: it goes when both say so, and days are made for both.
[[nodiscard]] day_plan plan_days(const std::vector<ledger_day>& present,
                                 std::optional<sys_days> closing, wall_time here, wall_time there);

// How many days after today take entries already, without a gap.
[[nodiscard]] int days_left(const std::vector<ledger_day>& present, sys_days today);

} // namespace sluice::postgres
