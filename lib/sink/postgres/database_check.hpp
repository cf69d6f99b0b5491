// Holds a database against what a pipeline needs of it, before the first message: durability, room
// for connections, schema, rights, the table. Writes nothing.
#pragma once

#include "core/check_result.hpp"
#include "core/time.hpp"
#include "sink/postgres/connection.hpp"
#include "sink/postgres/target.hpp"

#include <cstddef>

namespace sluice::postgres {

struct database_needs
{
    target_table target;
    bool create;             // the daemon makes what is missing
    std::size_t connections; // of writers; a few more are needed beside them
    wall_time now;
};

// Throws database_error when the connection is lost.
awaitable<check_results> check_database(connection& on, database_needs needs);

} // namespace sluice::postgres
