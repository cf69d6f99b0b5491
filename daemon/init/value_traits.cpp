#include "daemon/init/value_traits.hpp"

#include "transform/columns/compile.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <string>

namespace sluice::daemon {
namespace {

using config::column_type;
using config::parse_verb;

struct trait_rule
{
    value_trait trait = value_trait::text;
    column_type type = column_type::text;
    std::optional<parse_verb> parse = {};
    const char* min = nullptr;
    const char* max = nullptr;
    const char* matches = nullptr;
};

constexpr const char* short_word = "[A-Za-z0-9_.+-]{1,64}";

constexpr const char* personal_text =
    R"((?s).*[^\s@]@[^\s@]+\.[^\s@]+.*)"                        // an e-mail address, anywhere
    R"(|\+[0-9][0-9 ()./-]{6,22})"                              // a phone: +49 30 1234567
    R"(|\(?[0-9]{3}\)?[ .-]{1,2}[0-9]{3}[ .-]?[0-9]{4})"        // (212) 555-0100
    R"(|0[0-9]{1,4}[ /-][0-9]{5,8})"                            // 030 1234567
    R"(|[0-9]{3}-[0-9]{2}-[0-9]{4})"                            // a social security number
    R"(|[0-9]{4}([ -])[0-9]{4}[ -][0-9]{4}[ -][0-9]{4})"        // a card
    R"(|([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})"                 // a network interface
    R"(|eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)"; // a JSON web token

constexpr const char* century = "2001-01-01T00:00:00Z";
constexpr const char* next_century = "2101-01-01T00:00:00Z";

constexpr std::array<trait_rule, value_trait_count> rules{{
    {value_trait::boolean, column_type::boolean},
    {.trait = value_trait::integer,
     .type = column_type::integer,
     .min = "-1000000",
     .max = "1000000"},
    {value_trait::bigint, column_type::bigint},
    {value_trait::numeric, column_type::numeric},
    {value_trait::uuid, column_type::uuid},
    {value_trait::date, column_type::date},
    {value_trait::timestamptz, column_type::timestamptz},
    {value_trait::timestamp, column_type::timestamp},
    {value_trait::inet, column_type::inet},
    {value_trait::text, column_type::text},
    {.trait = value_trait::word, .type = column_type::text, .matches = short_word},
    {value_trait::version, column_type::bigint, parse_verb::version_packed},
    {value_trait::epoch_s, column_type::timestamptz, parse_verb::epoch_s, century, next_century},
    {value_trait::epoch_ms, column_type::timestamptz, parse_verb::epoch_ms, century, next_century},
    {.trait = value_trait::personal, .type = column_type::text, .matches = personal_text},
}};

config::column column_of(const trait_rule& rule)
{
    config::column out;
    out.name = "sample";
    out.from = config::json_pointer{{out.name}};
    out.type = rule.type;
    if (rule.parse)
        out.parse = {{*rule.parse, {}}};
    if (rule.min != nullptr)
        out.min = rule.min;
    if (rule.max != nullptr)
        out.max = rule.max;
    if (rule.matches != nullptr)
        out.matches = rule.matches;
    return out;
}

} // namespace

value_judge::value_judge()
{
    transform::pointer_set pointers;
    std::vector<transform::mapping_error> errors;
    for (const trait_rule& rule : rules)
        columns_.push_back(
            {rule.trait, transform::compile_column(column_of(rule), "", pointers, errors)});
    if (!errors.empty())
        throw std::logic_error("a trait is no column: " + errors.front().text);
}

value_traits value_judge::judge(const sluice::json::value& scalar)
{
    value_traits out;
    for (const trial_column& each : columns_)
        if (!transform::read_value(each.plan, {scalar}, true, work_))
            out.add(each.trait);
    return out;
}

} // namespace sluice::daemon
