#include "transform/columns/column_plan.hpp"

#include <fmt/format.h>

namespace sluice::transform {
namespace {

// PostgreSQL's bound for varchar(n); a longer limit is only checked here.
constexpr std::size_t varchar_max = 10485760;

oid oid_of(column_type type) noexcept
{
    switch (type) {
    case column_type::text:
        return oid::text;
    case column_type::integer:
        return oid::int4;
    case column_type::bigint:
        return oid::int8;
    case column_type::numeric:
        return oid::numeric;
    case column_type::double_precision:
        return oid::float8;
    case column_type::boolean:
        return oid::boolean;
    case column_type::date:
        return oid::date;
    case column_type::timestamp:
        return oid::timestamp;
    case column_type::timestamptz:
        return oid::timestamptz;
    case column_type::uuid:
        return oid::uuid;
    case column_type::inet:
        return oid::inet;
    case column_type::jsonb:
        return oid::jsonb;
    case column_type::bytea:
        return oid::bytea;
    }
    return oid::text;
}

std::string_view sql_name(oid element) noexcept
{
    switch (element) {
    case oid::boolean:
        return "bool";
    case oid::bytea:
        return "bytea";
    case oid::int8:
        return "int8";
    case oid::int4:
        return "int4";
    case oid::text:
        return "text";
    case oid::float8:
        return "float8";
    case oid::inet:
        return "inet";
    case oid::date:
        return "date";
    case oid::timestamp:
        return "timestamp";
    case oid::timestamptz:
        return "timestamptz";
    case oid::numeric:
        return "numeric";
    case oid::uuid:
        return "uuid";
    case oid::jsonb:
        return "jsonb";
    }
    return "text";
}

} // namespace

std::string_view to_string(column_type type) noexcept
{
    switch (type) {
    case column_type::integer:
        return "integer";
    case column_type::bigint:
        return "bigint";
    case column_type::double_precision:
        return "double";
    case column_type::boolean:
        return "boolean";
    default:
        return sql_name(oid_of(type));
    }
}

oid column_plan::element() const noexcept
{
    return is_array || is_replaced_by_text() ? oid::text : oid_of(type);
}

std::string_view column_plan::sql_element_type() const noexcept
{
    return sql_name(element());
}

std::string column_plan::sql_cast() const
{
    if (!is_array || is_replaced_by_text())
        return {};
    return fmt::format("{}[]", sql_name(oid_of(type)));
}

std::string column_plan::sql_column_type() const
{
    const char* const brackets = is_array && !is_replaced_by_text() ? "[]" : "";
    if (is_replaced_by_text() || type == column_type::text) {
        if (max_length && *max_length <= varchar_max)
            return fmt::format("varchar({}){}", *max_length, brackets);
        return fmt::format("text{}", brackets);
    }
    if (type == column_type::double_precision)
        return fmt::format("double precision{}", brackets);
    return fmt::format("{}{}", to_string(type), brackets);
}

} // namespace sluice::transform
