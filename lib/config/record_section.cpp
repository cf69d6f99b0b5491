#include "config/fields.hpp"
#include "config/rules.hpp"
#include "config/sections.hpp"

namespace sluice::config {
namespace {

constexpr std::array<named<unknown_fields>, 2> unknown_field_words{{
    {"ignore", unknown_fields::ignore},
    {"reject", unknown_fields::reject},
}};

constexpr std::array<named<body_format>, 2> format_words{{
    {"json", body_format::json},
    {"sns_json", body_format::sns_json},
}};

constexpr std::array<named<body_encoding>, 2> encoding_words{{
    {"plain", body_encoding::plain},
    {"base64+gzip", body_encoding::base64_gzip},
}};

} // namespace

void describe(form& keys, record& what)
{
    what.line = keys.line();
    keys.key(
        "format", choice(what.form.format, format_words),
        {.help = "what a body is; sns_json: a notification of SNS, its Message is the record"});
    keys.key("encoding", choice(what.form.encoding, encoding_words),
             {.help = "how the record is written in it"});
    keys.key("unknown_fields", map_planned(choice(what.unknown, unknown_field_words)),
             {.help = "fields that no column takes"});
    keys.each("columns",
              {.help = "the columns of the table, by name", .example = "user_id", .required = true},
              [&](form& inner, const std::string& name) {
                  if (const auto wrong = check_column_name({name, in_quotes(name)}))
                      inner.refuse(*wrong);
                  column& one = what.columns.emplace_back();
                  one.name = name;
                  describe(inner, one);
              });
}

} // namespace sluice::config
