// One connection to a pipeline's database, for a command that runs to its end.
#pragma once

#include "config/load.hpp"
#include "core/asio.hpp"
#include "sink/postgres/connection.hpp"

#include <functional>
#include <string>

namespace sluice::daemon {

// Connects, does the work, and returns. Throws postgres::database_error and what the work throws.
void on_database(const config::postgres_sink& to,
                 const std::function<awaitable<void>(postgres::connection&)>& work);

// What to do about a failure.
[[nodiscard]] const char* remedy_for(const postgres::database_error& failure);

// The line for standard error when a pipeline's database failed.
[[nodiscard]] std::string told(const config::loaded& file, const config::pipeline& one,
                               const postgres::database_error& failure);

} // namespace sluice::daemon
