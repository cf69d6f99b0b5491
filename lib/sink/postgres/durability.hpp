// What an acknowledged commit of this server survives. Read when a session opens: a daemon that
// deletes from the queue what the database may forget must say so.
#pragma once

#include "sink/postgres/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::postgres {

enum class durability_level : std::uint8_t
{
    at_risk,    // a crash may forget or damage what was acknowledged
    crash_safe, // survives a crash, not the loss of the machine
    replicated, // a standby has it too
};

[[nodiscard]] std::string_view to_string(durability_level level) noexcept;

struct durability
{
    std::string synchronous_commit;
    std::string fsync;
    std::string full_page_writes;
    std::string standbys; // synchronous_standby_names, empty if none

    [[nodiscard]] durability_level level() const;
    // "crash_safe (synchronous_commit on, fsync on, ...)"
    [[nodiscard]] std::string text() const;
    // What a person should change, a line each; empty if nothing.
    [[nodiscard]] std::vector<std::string> warnings() const;

    friend bool operator==(const durability&, const durability&) = default;
};

// Makes sure that the commits of a connection are awaited, and reads what that is worth. Throws
// database_error, also for a server that is a standby: it takes no writes.
awaitable<durability> secure_durability(connection& on);

} // namespace sluice::postgres
