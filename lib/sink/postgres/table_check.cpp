#include "sink/postgres/table_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::postgres {
namespace {

constexpr std::string_view columns_sql =
    "SELECT attname, format_type(atttypid, atttypmod), attnotnull::text, "
    "(atthasdef OR attidentity <> '')::text, (attgenerated = '' AND attidentity <> 'a')::text, "
    "CASE WHEN atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND atttypmod > 4 "
    "THEN atttypmod - 4 ELSE 0 END "
    "FROM pg_attribute WHERE attrelid = {}::regclass AND attnum > 0 AND NOT attisdropped "
    "ORDER BY attnum";

int to_int(const std::string& text)
{
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// The n of varchar(n) that the configuration promises to keep to, 0 without max_length.
int promised_length(const target_column& column)
{
    const std::size_t open = column.column_type.find('(');
    return column.column_type.starts_with("varchar(") ? to_int(column.column_type.substr(open + 1))
                                                      : 0;
}

void compare_column(const target_column& wanted, const catalog_column& there,
                    std::vector<finding>& out)
{
    if (!there.writable)
        out.push_back({true,
                       fmt::format("column {} is generated always by the table; take it out of "
                                   "record.columns",
                                   wanted.name),
                       wanted.line});
    if (there.not_null && !there.has_default && !wanted.required)
        out.push_back({false,
                       fmt::format("column {} is NOT NULL in the table but not `required: true`; "
                                   "records without it will be refused by the database",
                                   wanted.name),
                       wanted.line});
    const int promised = promised_length(wanted);
    const bool text = wanted.cast.empty() && wanted.element_type == "text";
    if (text && there.length > 0 && (promised == 0 || promised > there.length))
        out.push_back({false,
                       fmt::format("column {} is {} in the table; set `max_length: {}`, so that a "
                                   "longer value is refused before it reaches the database",
                                   wanted.name, there.type, there.length),
                       wanted.line});
}

} // namespace

std::vector<finding> compare(const target_table& target, const std::vector<catalog_column>& catalog)
{
    std::vector<finding> out;
    for (const target_column& wanted : target.columns) {
        const auto there =
            std::find_if(catalog.begin(), catalog.end(), [&wanted](const catalog_column& column) {
                return column.name == wanted.name;
            });
        if (there == catalog.end())
            out.push_back({true,
                           fmt::format("table {} has no column {}; add it to the table ({}) or "
                                       "take it out of record.columns",
                                       target.quoted_name(), quote_identifier(wanted.name),
                                       wanted.column_type),
                           wanted.line});
        else
            compare_column(wanted, *there, out);
    }
    for (const catalog_column& there : catalog) {
        const bool mapped = std::any_of(
            target.columns.begin(), target.columns.end(),
            [&there](const target_column& wanted) { return wanted.name == there.name; });
        if (!mapped && there.not_null && !there.has_default)
            out.push_back(
                {true, fmt::format("column {} of table {} is NOT NULL without a default and "
                                   "record.columns does not fill it; map it, or give it a "
                                   "default",
                                   quote_identifier(there.name), target.quoted_name())});
    }
    return out;
}

awaitable<std::vector<finding>> check_table(connection& on, const target_table& target)
{
    const std::string name = quote_literal(target.quoted_name());
    const rows exists = co_await on.query(fmt::format("SELECT to_regclass({})::text", name));
    if (!exists.at(0).at(0)) {
        std::vector<finding> missing{
            {true, fmt::format("table {} does not exist; set `create: true`, or make it: `sluice "
                               "plan` prints the statement",
                               target.quoted_name())}};
        co_return missing;
    }
    std::vector<catalog_column> catalog;
    const rows columns = co_await on.query(fmt::format(columns_sql, name));
    for (const row& found : columns)
        catalog.push_back({found.at(0).value_or(""), found.at(1).value_or(""),
                           found.at(2) == "true", found.at(3) == "true", found.at(4) == "true",
                           to_int(found.at(5).value_or("0"))});
    co_return compare(target, catalog);
}

} // namespace sluice::postgres
