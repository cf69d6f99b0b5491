// The tables of schema `sluice`, and the changes that made them, in order. Changes only add: an
// older daemon goes on working on a newer schema.
#pragma once

#include "core/time.hpp"
#include "sink/postgres/connection.hpp"
#include "sink/postgres/target.hpp"

#include <array>
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

[[nodiscard]] const std::array<migration, 1>& migrations() noexcept;

// CREATE TABLE for the target, from the columns of the configuration.
[[nodiscard]] std::string create_table_sql(const target_table& target);

// Brings schema `sluice` to the newest version and makes the days of the ledger, under an advisory
// lock, so that daemons that start together do not collide. Returns what it did, a line each;
// nothing when all was there. Throws database_error.
awaitable<std::vector<std::string>> migrate(connection& on, wall_time now);

// Makes the target table if it is missing; returns whether it did.
awaitable<bool> create_target(connection& on, const target_table& target);

} // namespace sluice::postgres
