// Opens sealed values for a person with a reason, and keeps a record of it.
#pragma once

#include "config/settings.hpp"
#include "core/asio.hpp"
#include "sink/postgres/connection.hpp"
#include "transform/mask/keyring.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::daemon {

struct unmasked
{
    std::vector<std::optional<std::string>> values; // one for each that was asked
    std::vector<std::string> failures;              // a line each; never a value
    std::set<std::string> key_ids;
    std::size_t opened = 0;
};

// Every domain that the configuration seals for, and those of dead letters.
[[nodiscard]] std::vector<std::string> domains_of(const config::settings& settings);

[[nodiscard]] unmasked unmask(const std::vector<std::string>& sealed, const mask::keyring& keys,
                              const std::vector<std::string>& domains);

// The values of the query's one column, nulls left out. The query cannot write. Throws
// usage_error for what is wrong with the query, else postgres::database_error.
awaitable<std::vector<std::string>> query_values(postgres::connection& on, const std::string& sql);

struct audit_entry
{
    const std::string& reason;
    const std::string& source; // where the values came from: a query, or the caller
    const unmasked& what;
};

// Commits a row of sluice.unmask_audit. Throws postgres::database_error.
awaitable<void> write_audit(postgres::connection& on, audit_entry entry);

} // namespace sluice::daemon
