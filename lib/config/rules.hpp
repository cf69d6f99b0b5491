// What may stand in the texts of the configuration. Each rule says what is wrong with a text, or
// nothing.
#pragma once

#include "config/settings.hpp"
#include "config/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::config {

using verdict = std::optional<problem>; // nothing: the text is good

// A label of metrics and a part of URLs: letters, digits, _ and -.
[[nodiscard]] verdict check_pipeline_name(value_text name);

// Names of PostgreSQL, quoted wherever they are used.
[[nodiscard]] verdict check_identifier(value_text name);
[[nodiscard]] verdict check_column_name(value_text name);

[[nodiscard]] verdict check_queue_url(value_text url);

// Empty is as good as not given, so that a variable can be set to nothing.
[[nodiscard]] verdict check_endpoint(value_text url); // a server, no query
[[nodiscard]] verdict check_region(value_text region);

[[nodiscard]] verdict check_database_url(value_text url); // URI or key=value
[[nodiscard]] verdict check_not_empty(value_text text);
[[nodiscard]] verdict check_token(value_text token); // printable, so that it fits a header

struct table_name
{
    std::string schema = "public";
    std::string table;
};

// `table` or `schema.table`.
[[nodiscard]] parsed<table_name> parse_table(value_text name);

struct listen_address
{
    std::string address;
    std::uint16_t port;
};

// `127.0.0.1:9464` or `[::1]:9464`.
[[nodiscard]] parsed<listen_address> parse_listen(value_text listen);

// A JSON pointer (RFC 6901), or one of the metadata.
[[nodiscard]] parsed<std::variant<json_pointer, metadata_source>> parse_origin(value_text from);

// A JSON pointer as it is written.
[[nodiscard]] std::string pointer_text(const json_pointer& pointer);

} // namespace sluice::config
