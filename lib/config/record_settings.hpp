// The part of the settings that says what a record is, and which columns are made of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sluice::config {

enum class column_type
{
    text,
    integer,
    bigint,
    numeric,
    double_precision,
    boolean,
    date,
    timestamp,
    timestamptz,
    uuid,
    inet,
    jsonb,
    bytea,
};

enum class parse_verb
{
    version_major,  // 2.3.0 -> 2
    version_packed, // 2.3.0 -> 2003000
    epoch_s,
    epoch_ms,
    format, // strptime-like, the pattern beside it
    trim,
    lower,
    upper,
};

struct parse_step
{
    parse_verb verb;
    std::string pattern; // of `format`

    bool operator==(const parse_step&) const = default;
};

enum class mask_kind
{
    none,
    seal,        // AES-256-SIV: deterministic, joinable, recoverable with the key
    token,       // HMAC-SHA-256: joinable, one way
    redact,      // a fixed text
    truncate_ip, // /24 or /48
    drop,        // always null
};

enum class metadata
{
    message_id,
    sent_at,
    received_at,
    receive_count,
    group_id,
    body,
    attribute, // the name beside it
};

struct json_pointer
{
    std::vector<std::string> path; // unescaped reference tokens; empty: the whole document

    bool operator==(const json_pointer&) const = default;
};

struct metadata_source
{
    metadata which;
    std::string attribute_name; // of metadata::attribute

    bool operator==(const metadata_source&) const = default;
};

// A default as it stood in YAML; the transform compiles it with the column's type.
struct default_value
{
    bool is_null = false;
    std::string text;

    bool operator==(const default_value&) const = default;
};

struct column
{
    std::string name;
    column_type type = column_type::text;
    bool is_array = false;
    std::variant<json_pointer, metadata_source> from;

    bool required = false;
    std::optional<std::size_t> max_length; // in characters, of the text that is stored
    std::optional<std::string> min;        // compared as a value of the column's type
    std::optional<std::string> max;
    std::vector<std::string> one_of;
    std::optional<std::string> matches; // RE2

    std::vector<parse_step> parse;
    std::optional<default_value> fallback; // `default:`

    mask_kind mask = mask_kind::none;
    std::string domain; // of seal and token; empty: schema.table.column
    int line = 0;       // where the column stands in the file

    bool operator==(const column&) const = default;
};

enum class unknown_fields
{
    ignore,
    reject,
};

// What a message body wraps its record in.
enum class body_format
{
    json,     // nothing: the body is the record
    sns_json, // a notification of SNS, whose Message is the record
};

// How the record is written, inside of what the format takes off.
enum class body_encoding
{
    plain,
    base64_gzip,
};

struct body_form
{
    body_format format = body_format::json;
    body_encoding encoding = body_encoding::plain;

    [[nodiscard]] bool is_bare() const noexcept
    {
        return format == body_format::json && encoding == body_encoding::plain;
    }

    bool operator==(const body_form&) const = default;
};

struct record
{
    body_form form;
    unknown_fields unknown = unknown_fields::ignore;
    std::vector<column> columns; // in the order of the file
    int line = 0;

    bool operator==(const record&) const = default;
};

} // namespace sluice::config
