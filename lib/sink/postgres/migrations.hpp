// The tables of schema `sluice`, and the changes that made them, in order. Changes only add: an
// older daemon goes on working on a newer schema.
#pragma once

#include "core/time.hpp"
#include "sink/postgres/connection.hpp"
#include "sink/postgres/target.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::postgres {

struct migration
{
    int version; // ascending, never reused
    std::string_view description;
    std::string_view sql;
};

[[nodiscard]] const std::array<migration, 3>& migrations() noexcept;

// One transaction that makes the change and remembers that it was made.
[[nodiscard]] std::string apply_sql(const migration& change);

// CREATE TABLE for the target, from the columns of the configuration.
[[nodiscard]] std::string create_table_sql(const target_table& target);

// Held by whoever changes the schema or the days of the ledger. Any constant that no other program
// is likely to use: "sluice" in hex.
inline constexpr long long advisory_lock_key = 0x736c75696365;

// What a role that may not make the days of the ledger is told.
enum class missing_right : std::uint8_t
{
    is_an_error, // of `sluice migrate`, whose work it is
    may_be,      // of the daemon: it goes on as long as today has its day
};

// Brings schema `sluice` to the newest version, makes the days of the ledger and drops the old
// ones, under an advisory lock, so that daemons that start together do not collide. Returns what
// it did, a line each; nothing when all was there. Throws database_error.
awaitable<std::vector<std::string>> migrate(connection& on, wall_time now,
                                            missing_right how = missing_right::is_an_error);

// For a daemon that makes nothing itself: throws database_error if schema `sluice` is missing or
// older than this program.
awaitable<void> require_schema(connection& on);

// Makes the target table if it is missing; returns whether it did.
awaitable<bool> create_target(connection& on, const target_table& target);

} // namespace sluice::postgres
