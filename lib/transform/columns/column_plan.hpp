// A column of a mapping, compiled from its settings: where its value comes from, what is done with
// it, and what SQL calls it. Immutable; any number of threads may read it.
#pragma once

#include "transform/column_array.hpp"
#include "transform/columns/time_format.hpp"
#include "transform/columns/typed_value.hpp"
#include "transform/json/path_trie.hpp"
#include "transform/json/value.hpp"

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::transform {

enum class origin : std::uint8_t
{
    body_value, // what a JSON pointer finds in the body
    message_id,
    sent_at,
    received_at,
    receive_count,
    group_id,
    whole_body, // as text; as jsonb it is the value of the empty pointer
    attribute,  // one of MessageAttributes
};

// Where the parts of one message attribute are found in the object of all.
struct attribute_slots
{
    json::slot type = json::no_slot;
    json::slot text = json::no_slot;
    json::slot binary = json::no_slot;
};

struct value_source
{
    origin from = origin::body_value;
    json::slot slot = json::no_slot; // of body_value
    attribute_slots attribute;
};

// What a text goes through before it is read as a value of the type.
struct parse_plan
{
    enum class reading : std::uint8_t
    {
        literal, // the form of the type itself
        version_major,
        version_packed,
        epoch_seconds,
        epoch_milliseconds,
        format,
    };
    enum class letters : std::uint8_t
    {
        kept,
        lowered, // ASCII letters; others stay as they are
        raised,
    };

    bool given = false;   // any verb at all: then text is taken where a number or boolean belongs
    bool trimmed = false; // ASCII white space at both ends
    letters turned = letters::kept;
    reading last = reading::literal;
    std::optional<time_format> format;
};

struct check_plan
{
    std::optional<std::size_t> length_max; // characters of a text; not of a masked one
    std::optional<typed_value> least;
    std::optional<typed_value> most;
    std::vector<typed_value> one_of;
    std::vector<std::string> one_of_text;
    std::unique_ptr<re2::RE2> pattern;
};

// A default is a value like one that stood in the body, but for `parse`, which it does not go
// through.
struct default_plan
{
    std::string document; // what the views point into
    json::value value;
    std::vector<json::value> elements;
};

// What `mask: redact` stores.
inline constexpr std::string_view redacted_text = "[redacted]";

struct mask_plan
{
    config::mask_kind kind = config::mask_kind::none;
    std::string domain;                    // of seal and token
    std::optional<std::size_t> stored_max; // characters of what is stored
};

struct column_plan
{
    std::string name;
    column_type type = column_type::text;
    bool is_array = false;
    bool required = false;
    value_source source;
    parse_plan parse;
    check_plan check;
    std::unique_ptr<const default_plan> fallback;
    mask_plan mask;
    std::optional<std::size_t> max_length; // as configured, for CREATE TABLE
    int line = 0;

    [[nodiscard]] bool is_masked() const noexcept { return mask.kind != config::mask_kind::none; }
    [[nodiscard]] bool needs_key() const noexcept
    {
        return mask.kind == config::mask_kind::seal || mask.kind == config::mask_kind::token;
    }
    // Whether the mask puts a text in the place of the value, of whatever type that was.
    [[nodiscard]] bool is_replaced_by_text() const noexcept
    {
        return needs_key() || mask.kind == config::mask_kind::redact;
    }

    // The type of the parameter's elements.
    [[nodiscard]] oid element() const noexcept;
    [[nodiscard]] std::string_view sql_element_type() const noexcept;
    // What each element is cast to: "int4[]"; empty if it goes as it is. A parameter of arrays
    // would be flattened by unnest, so arrays go as text.
    [[nodiscard]] std::string sql_cast() const;
    // In CREATE TABLE: "varchar(128)".
    [[nodiscard]] std::string sql_column_type() const;
};

// As in the configuration: "bigint".
[[nodiscard]] std::string_view to_string(column_type type) noexcept;

} // namespace sluice::transform
