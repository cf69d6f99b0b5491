#include "config/column_fields.hpp"
#include "config/fields.hpp"
#include "config/rules.hpp"
#include "config/sections.hpp"

#include <array>

namespace sluice::config {
namespace {

constexpr count_bounds max_length{1, 10'485'760}; // PostgreSQL: varchar(n)

constexpr std::array<named<mask_kind>, 6> masks{{
    {"none", mask_kind::none},
    {"seal", mask_kind::seal},
    {"token", mask_kind::token},
    {"redact", mask_kind::redact},
    {"truncate_ip", mask_kind::truncate_ip},
    {"drop", mask_kind::drop},
}};

void describe_checks(form& keys, column& one)
{
    keys.key("required", boolean(one.required),
             {.help = "a missing or null value makes a dead letter"});
    keys.key("max_length", optional_count(one.max_length, max_length),
             {.help = "characters of the text that is stored", .example = "128"});
    keys.key("min", optional_text(one.min),
             {.help = "the least value, of the column's type", .example = "0"});
    keys.key("max", optional_text(one.max),
             {.help = "the greatest value, of the column's type", .example = "100"});
    keys.key("one_of", text_list(one.one_of),
             {.help = "the only values", .example = "[android, ios, web]"});
    keys.key("matches", optional_text(one.matches),
             {.help = "a regular expression (RE2) for the whole text", .example = "'[a-z0-9-]+'"});
}

} // namespace

void describe(form& keys, column& one)
{
    one.line = keys.line();
    keys.key("type", type_field(one),
             {.help = "the type in PostgreSQL", .example = "text", .required = true});
    keys.key("from", origin_field(one),
             {.help = "where the value comes from", .example = "/user_id", .required = true});
    describe_checks(keys, one);
    keys.key("parse", parse_field(one.parse),
             {.help = "how text becomes the value", .example = "trim"});
    keys.key(
        "default", fallback_field(one.fallback),
        {.help = "in place of a missing value; an explicit null stays null", .example = "unknown"});
    keys.key("mask", choice(one.mask, masks, {"seal_random"}),
             {.help = "how personal data is hidden"});
    keys.key("domain", text(one.domain, check_not_empty),
             {.help = "seal and token: equal values look equal within it; "
                      "else SCHEMA.TABLE.COLUMN",
              .example = "devices"});
}

} // namespace sluice::config
