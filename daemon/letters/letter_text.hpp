// Dead letters as people and programs read them.
#pragma once

#include "sink/postgres/letter_replay.hpp"
#include "sink/postgres/letter_store.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice::daemon {

// A body or attributes, as they may be shown.
struct shown_text
{
    std::optional<std::string> text; // sealed, or clear if somebody gave a reason
    bool sealed = false;
    std::string why_not; // there is no text
};

// What of a letter is shown beside its metadata.
struct shown_letter
{
    shown_text body;
    shown_text attributes;
};

// "2026-01-31T12:00:00.000Z"
[[nodiscard]] std::string time_text(wall_time at);

// Metadata alone: nothing of it comes from a value.
[[nodiscard]] boost::json::object to_json(const postgres::letter& of);
// With body and attributes. What is no UTF-8 comes as base64, under a name of its own.
[[nodiscard]] boost::json::object to_json(const postgres::letter& of, const shown_letter& shown);
[[nodiscard]] boost::json::object to_json(const postgres::refused_letter& of);

// One line a letter, below a line of titles.
[[nodiscard]] std::string table_of(const std::vector<postgres::letter>& letters);
// One line a field.
[[nodiscard]] std::string page_of(const postgres::letter& of, const shown_letter& shown);

} // namespace sluice::daemon
