#include "config/rules.hpp"

#include "core/control_characters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::config {
namespace {

constexpr std::size_t pipeline_name_bytes_max = 63;
constexpr std::size_t identifier_bytes_max = 63; // PostgreSQL: NAMEDATALEN - 1

constexpr std::string_view own_schema = "sluice";

// Every table of PostgreSQL has these already.
constexpr std::array<std::string_view, 6> system_columns{"tableoid", "xmin", "cmin",
                                                         "xmax",     "cmax", "ctid"};

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

} // namespace

verdict check_pipeline_name(value_text name)
{
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; };
    const std::string_view text = name.text;
    if (!text.empty() && is_letter(text.front()) && text.size() <= pipeline_name_bytes_max &&
        std::all_of(text.begin(), text.end(), fits))
        return std::nullopt;
    return problem{fmt::format("{} is no name for a pipeline", name.shown),
                   fmt::format("use a letter, then letters, digits, _ and -, at most {}",
                               pipeline_name_bytes_max)};
}

verdict check_identifier(value_text name)
{
    if (name.text.empty())
        return problem{"has an empty name", "give it a name"};
    if (name.text.size() > identifier_bytes_max) {
        return problem{fmt::format("{} is longer than {} bytes", name.shown, identifier_bytes_max),
                       "PostgreSQL would cut it: choose a shorter name"};
    }
    if (has_control_character(name.text))
        return problem{fmt::format("{} holds a control character", name.shown), "remove it"};
    return std::nullopt;
}

verdict check_column_name(value_text name)
{
    if (auto wrong = check_identifier(name))
        return wrong;
    if (std::find(system_columns.begin(), system_columns.end(), name.text) == system_columns.end())
        return std::nullopt;
    return problem{fmt::format("{} is a system column of PostgreSQL", name.shown),
                   "choose another name"};
}

parsed<table_name> parse_table(value_text name)
{
    table_name out;
    const std::size_t dot = name.text.find('.');
    if (dot != std::string_view::npos)
        out.schema = name.text.substr(0, dot);
    out.table = name.text.substr(dot == std::string_view::npos ? 0 : dot + 1);
    if (out.table.find('.') != std::string::npos) {
        return problem{fmt::format("{} has more than one dot", name.shown),
                       "write table or schema.table"};
    }
    for (const std::string& part : {out.schema, out.table})
        if (auto wrong = check_identifier({part, name.shown}))
            return std::move(*wrong);
    if (out.schema == own_schema) {
        return problem{fmt::format("{} is in the schema of the daemon's own tables", name.shown),
                       "choose another schema"};
    }
    return out;
}

verdict check_region(value_text region)
{
    const auto fits = [](char c) { return (is_letter(c) && c >= 'a') || is_digit(c) || c == '-'; };
    if (std::all_of(region.text.begin(), region.text.end(), fits))
        return std::nullopt;
    return problem{fmt::format("{} is no region", region.shown), "write it like eu-west-1"};
}

verdict check_database_url(value_text url)
{
    const bool is_uri =
        url.text.starts_with("postgresql://") || url.text.starts_with("postgres://");
    if (!is_uri && url.text.find('=') == std::string_view::npos) {
        return problem{
            fmt::format("{} is no address of a database", url.shown),
            "write postgresql://USER@HOST/DATABASE, or key=value pairs as libpq has them"};
    }
    if (url.text.find('\0') != std::string_view::npos)
        return problem{fmt::format("{} holds a NUL", url.shown), "remove it"};
    return std::nullopt;
}

verdict check_not_empty(value_text text)
{
    if (text.text.empty())
        return problem{"is empty", "give a value, or remove the key"};
    if (text.text.find('\0') != std::string_view::npos)
        return problem{fmt::format("{} holds a NUL", text.shown), "remove it"};
    return std::nullopt;
}

verdict check_token(value_text token)
{
    const bool fits = std::all_of(token.text.begin(), token.text.end(),
                                  [](char c) { return c > 0x20 && c < 0x7f; });
    if (fits && !token.text.empty())
        return std::nullopt;
    return problem{fmt::format("{} is no token", token.shown),
                   "use printable ASCII characters without blanks"};
}

} // namespace sluice::config
