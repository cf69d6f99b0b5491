// Why a message became a dead letter: a fixed list, so that it can label a metric.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::transform {

enum class reason : std::uint8_t
{
    not_json_object,  // the body is not one JSON object
    duplicate_key,    // an object names a key twice
    too_deep,         // nested deeper than limits.json_depth
    invalid_text,     // NUL, invalid UTF-8 or a lone surrogate in a field that is used
    unknown_field,    // a field that no column takes, with unknown_fields: reject
    missing,          // a required column has no value, or null
    wrong_type,       // the JSON value is of a type that the column cannot take
    unparsable,       // the text is no value of the column's type, or its parse: cannot read it
    out_of_range,     // the value does not fit the type, or breaks min or max
    too_long,         // longer than max_length, or a number of too many digits
    not_one_of,       // not in one_of
    no_match,         // does not match matches
    cannot_mask,      // the mask cannot take this value
    database_refused, // PostgreSQL refused this row; sqlstate says why
    too_old,          // sent before the ledger's floor: "unseen" can no longer be proved
    bad_envelope,     // what the record should be wrapped in is not there, or holds too much
    poison,           // it was alone in work at three deaths of the process
};

inline constexpr std::size_t reason_count = 17;

// As stored in sluice.dead_letters.reason and shown in metrics.
[[nodiscard]] std::string_view to_string(reason why) noexcept;

} // namespace sluice::transform
