// Holds the target table and the rights to it against the columns of a pipeline. Writes nothing.
#pragma once

#include "sink/postgres/inspector.hpp"
#include "sink/postgres/target.hpp"

#include <string>

namespace sluice::postgres {

class target_check
{
public:
    // `create`: the daemon makes the table if it is missing.
    target_check(inspector& with, const target_table& target, bool create, std::string role)
        : with_(with), target_(target), create_(create), role_(std::move(role))
    {}

    // Adds what it finds to the inspector. Throws database_error when the connection is lost.
    awaitable<void> run();

private:
    awaitable<void> check_missing_target();
    awaitable<void> check_insert_right();
    awaitable<void> check_types();
    awaitable<void> check_type(const target_column& column);
    awaitable<void> note_unique_keys();

    inspector& with_;
    const target_table& target_;
    bool create_;
    std::string role_;
};

} // namespace sluice::postgres
