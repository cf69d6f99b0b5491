#include "daemon/init/starter_tests.hpp"

#include "daemon/init/yaml_text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

namespace sluice::daemon {

using config::body_encoding;
using config::body_format;
using config::column;
using config::column_type;

namespace {

constexpr std::size_t columns_shown = 3;

struct invented_value
{
    column_type type;
    std::string_view json;
    std::string_view yaml;
};

constexpr std::array invented_values{
    invented_value{column_type::text, R"("text")", "text"},
    invented_value{column_type::integer, "1", "1"},
    invented_value{column_type::bigint, "1", "1"},
    invented_value{column_type::numeric, "1.5", "1.5"},
    invented_value{column_type::boolean, "true", "true"},
    invented_value{column_type::date, R"("2000-01-31")", "2000-01-31"},
    invented_value{column_type::uuid, R"("00000000-0000-4000-8000-000000000000")",
                   "00000000-0000-4000-8000-000000000000"},
};

const invented_value* invented_for(column_type type)
{
    const auto* const found = std::ranges::find(invented_values, type, &invented_value::type);
    return found == invented_values.end() ? nullptr : found;
}

const std::vector<std::string>& path_of(const column& which)
{
    return std::get<config::json_pointer>(which.from).path;
}

// Names that read well, so that the test does, too.
bool is_simple(const std::string& name)
{
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    return !name.empty() && name.find_first_not_of(letters) == std::string::npos;
}

bool can_be_shown(const column& which)
{
    const bool is_stored =
        which.mask == config::mask_kind::none || which.mask == config::mask_kind::seal;
    return is_stored && !which.is_array && which.parse.empty() && invented_for(which.type) &&
           std::ranges::all_of(path_of(which), is_simple);
}

// The required one, if there is one, and a few more; nothing if that cannot be shown.
std::vector<const column*> shown_columns(const starter_columns& made)
{
    std::vector<const column*> out;
    for (const starter_column& each : made.columns)
        if (each.is.required)
            out.push_back(&each.is);
    if (!out.empty() && !can_be_shown(*out.front()))
        return {};
    for (const starter_column& each : made.columns)
        if (out.size() < columns_shown && !each.is.required && can_be_shown(each.is))
            out.push_back(&each.is);
    return out;
}

void put(boost::json::object& into, const std::vector<std::string>& path, std::string_view value)
{
    boost::json::object* at = &into;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        boost::json::value& inner = (*at)[path[i]];
        at = inner.is_object() ? &inner.as_object() : &inner.emplace_object();
    }
    (*at)[path.back()] = boost::json::parse({value.data(), value.size()});
}

// The record as a whole body.
std::string wrapped(const config::body_form& form, const boost::json::object& record)
{
    std::string out = boost::json::serialize(record);
    if (form.format == body_format::sns_json)
        out =
            boost::json::serialize(boost::json::object{{"Type", "Notification"}, {"Message", out}});
    return out;
}

std::string row_test(const config::body_form& form, const starter_columns& made)
{
    const std::vector<const column*> shown = shown_columns(made);
    if (shown.empty())
        return {};
    boost::json::object record;
    std::string row;
    for (const column* const each : shown) {
        const invented_value& value = *invented_for(each->type);
        put(record, path_of(*each), value.json);
        row +=
            fmt::format("{}{}: {}", row.empty() ? "" : ", ", yaml_scalar(each->name), value.yaml);
    }
    const auto is_absent = [&shown](const starter_column& each) {
        return std::ranges::find(shown, &each.is) == shown.end();
    };
    if (const auto absent = std::ranges::find_if(made.columns, is_absent);
        absent != made.columns.end())
        row += fmt::format(", {}: null", yaml_scalar(absent->is.name));
    return fmt::format("      - in: '{}'\n        row: {{ {} }}\n", wrapped(form, record), row);
}

std::string letter_test(std::string_view body, std::string_view letter)
{
    return fmt::format("      - in: '{}'\n        dead_letter: {}\n", body, letter);
}

std::string missing(const std::string& name)
{
    const bool is_plain = yaml_scalar(name) == name;
    return is_plain ? "missing " + name : yaml_scalar("missing " + name);
}

} // namespace

std::string starter_tests(const config::body_form& form, const starter_columns& made)
{
    const bool is_packed = form.encoding == body_encoding::base64_gzip;
    std::string out;
    if (!is_packed) { // which nobody would write by hand
        out += row_test(form, made);
        for (const starter_column& each : made.columns)
            if (each.is.required)
                out += letter_test(wrapped(form, {}), missing(each.is.name));
    }
    const bool is_bad_envelope = is_packed && form.format == body_format::json;
    out += letter_test("not JSON at all", is_bad_envelope ? "bad_envelope" : "not_json_object");
    return out;
}

} // namespace sluice::daemon
