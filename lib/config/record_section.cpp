#include "config/fields.hpp"
#include "config/rules.hpp"
#include "config/sections.hpp"

namespace sluice::config {
namespace {

constexpr std::array<named<unknown_fields>, 2> unknown_field_words{{
    {"ignore", unknown_fields::ignore},
    {"reject", unknown_fields::reject},
}};

} // namespace

void describe(form& keys, record& what)
{
    what.line = keys.line();
    keys.key("format", only("json", {"sns_json"}), {.help = "what a message body holds"});
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
