#include "config/column_fields.hpp"

#include "config/document.hpp"
#include "config/fields.hpp"
#include "config/rules.hpp"
#include "config/suggestion.hpp"

#include <fmt/format.h>

#include <utility>

namespace sluice::config {
namespace {

constexpr std::array<named<column_type>, 13> types{{
    {"text", column_type::text},
    {"integer", column_type::integer},
    {"bigint", column_type::bigint},
    {"numeric", column_type::numeric},
    {"double", column_type::double_precision},
    {"boolean", column_type::boolean},
    {"date", column_type::date},
    {"timestamp", column_type::timestamp},
    {"timestamptz", column_type::timestamptz},
    {"uuid", column_type::uuid},
    {"inet", column_type::inet},
    {"jsonb", column_type::jsonb},
    {"bytea", column_type::bytea},
}};

// What people write who know the types by another name.
constexpr std::array<named<std::string_view>, 12> other_type_names{{
    {"string", "text"},
    {"varchar", "text"},
    {"int", "integer"},
    {"int4", "integer"},
    {"smallint", "integer"},
    {"int8", "bigint"},
    {"decimal", "numeric"},
    {"float", "double"},
    {"real", "double"},
    {"bool", "boolean"},
    {"datetime", "timestamptz"},
    {"json", "jsonb"},
}};

constexpr std::array<named<parse_verb>, 7> parse_words{{
    {"version_major", parse_verb::version_major},
    {"version_packed", parse_verb::version_packed},
    {"epoch_s", parse_verb::epoch_s},
    {"epoch_ms", parse_verb::epoch_ms},
    {"trim", parse_verb::trim},
    {"lower", parse_verb::lower},
    {"upper", parse_verb::upper},
}};

constexpr std::string_view array_suffix = "[]";
constexpr std::string_view format_verb = "format";

verdict take_type(value_text value, column& one)
{
    std::string_view name = value.text;
    const bool is_array = name.ends_with(array_suffix);
    if (is_array)
        name.remove_suffix(array_suffix.size());
    for (const named<std::string_view>& other : other_type_names) {
        if (other.name == name) {
            return problem{fmt::format("{} is not known here", value.shown),
                           fmt::format("write {}{}", other.value, is_array ? array_suffix : "")};
        }
    }
    const auto words = words_of(std::span<const named<column_type>>(types));
    const auto chosen = choose({name, value.shown}, words, {});
    if (!chosen)
        return chosen.error();
    one.type = types[*chosen].value;
    one.is_array = is_array;
    if (is_array && one.type == column_type::jsonb) {
        return problem{fmt::format("{} is an array of documents", value.shown),
                       "use jsonb, which holds arrays itself"};
    }
    return std::nullopt;
}

// ---- parse: a verb, { format: PATTERN }, or a list of these -------------------------------------

void take_verb(const node& from, std::vector<parse_step>& out)
{
    const auto got = from.text();
    if (!got || got->left)
        return;
    std::vector<std::string> words = words_of(std::span<const named<parse_verb>>(parse_words));
    words.emplace_back(format_verb);
    const auto chosen = choose({got->value.reveal(), got->shown}, words, {});
    if (!chosen)
        from.error(chosen.error());
    else if (*chosen < parse_words.size())
        out.push_back({parse_words[*chosen].value, {}});
    else
        from.error({"format needs a pattern", "write { format: \"%Y-%m-%d\" }"});
}

void take_format(const node& from, std::vector<parse_step>& out)
{
    const auto entries = from.entries();
    if (!entries)
        return;
    for (const node::entry& entry : *entries) {
        if (entry.name != format_verb) {
            const std::vector<std::string> known{std::string(format_verb)};
            entry.value.error({"is an unknown key", suggest(entry.name, known)});
        } else if (const auto got = entry.value.text()) {
            if (auto wrong = check_not_empty({got->value.reveal(), got->shown}))
                entry.value.error(std::move(*wrong));
            out.push_back({parse_verb::format, got->value.reveal()});
        }
    }
    if (entries->empty())
        from.error({"is an empty map", "write { format: \"%Y-%m-%d\" }"});
}

void take_step(const node& from, std::vector<parse_step>& out)
{
    if (from.is_map())
        take_format(from, out);
    else
        take_verb(from, out);
}

} // namespace

field type_field(column& one)
{
    const auto words = words_of(std::span<const named<column_type>>(types));
    return single({}, alternatives(words) + ", with [] for an array",
                  [&one](value_text value) { return take_type(value, one); });
}

field origin_field(column& one)
{
    return single({},
                  "/pointer | @message_id | @sent_at | @received_at | @receive_count | "
                  "@group_id | @body | @attribute/NAME",
                  [&one](value_text value) -> verdict {
                      auto origin = parse_origin(value);
                      if (!origin)
                          return origin.error();
                      one.from = std::move(*origin);
                      return std::nullopt;
                  });
}

field parse_field(std::vector<parse_step>& out)
{
    const auto words = words_of(std::span<const named<parse_verb>>(parse_words));
    field result;
    result.accepts = alternatives(words) + " | { format: PATTERN }, or a list of these";
    result.read = [&out](const node& from) {
        if (!from.is_list()) {
            take_step(from, out);
            return;
        }
        const auto elements = from.elements();
        if (!elements)
            return;
        if (elements->empty())
            from.error({"is an empty list", "name a verb, or remove the key"});
        for (const node& element : *elements)
            take_step(element, out);
    };
    return result;
}

field fallback_field(std::optional<default_value>& out)
{
    field result;
    result.read = [&out](const node& from) {
        if (from.is_null())
            out = default_value{true, {}};
        else if (const auto got = from.text())
            out = default_value{false, got->value.reveal()};
    };
    return result;
}

} // namespace sluice::config
