// The dead letters of a pipeline, as `sluice letters` reads and settles them.
#pragma once

#include "core/time.hpp"
#include "sink/postgres/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::postgres {

struct letter
{
    std::int64_t id = 0;
    std::string pipeline;
    std::string message_id;
    std::string reason;
    std::optional<std::string> sqlstate;
    std::optional<std::string> column;
    std::optional<std::string> detail;
    std::optional<std::string> body; // as stored: sealed or clear; nothing if it was not kept
    bool body_sealed = false;
    std::optional<std::string> attributes; // as stored
    std::uint32_t receive_count = 0;
    wall_time sent_at{};
    wall_time received_at{};
    wall_time stored_at{};
    std::string state;
    std::string config_hash;
};

inline constexpr std::string_view letter_new = "new";
inline constexpr std::string_view letter_replayed = "replayed";
inline constexpr std::string_view letter_discarded = "discarded";

// What all of it asks must hold; an empty list asks nothing.
struct letter_filter
{
    std::string pipeline;
    std::vector<std::int64_t> ids;
    std::vector<std::string> reasons;
    std::vector<std::string> states;
    std::optional<wall_time> since; // stored then or later
};

struct letter_page
{
    bool newest_first = false;
    std::optional<std::int64_t> behind; // the id that the page before ended with
    std::size_t limit = 500;
    bool with_bodies = true; // and attributes
};

// A page ends before its limit when its bodies have so many bytes: a body may have a million.
inline constexpr std::size_t page_bytes_max = std::size_t{8} << 20;

// Empty when there are no more. Throws database_error.
awaitable<std::vector<letter>> read_letters(connection& on, letter_filter which, letter_page page);
awaitable<std::size_t> count_letters(connection& on, letter_filter which);

// Who does it, from where, and with which configuration: kept in sluice.letter_audit.
struct letter_actor
{
    std::string os_user;
    std::string host;
    std::string config_hash;
};

// Discards those of the letters that are new, and returns how many were, in one transaction with
// their audit.
awaitable<std::size_t> discard_letters(connection& on, letter_filter which, letter_actor by,
                                       std::string reason);

} // namespace sluice::postgres
