#include "sink/postgres/target_check.hpp"

#include "sink/postgres/column_sql.hpp"
#include "sink/postgres/table_check.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace sluice::postgres {
namespace {

constexpr std::string_view datatype_mismatch = "42804";

// ARRAY['user_id', 'device_type']
std::string names_array(const target_table& target)
{
    std::string out;
    for (const target_column& each : target.columns)
        out += (out.empty() ? "ARRAY[" : ", ") + quote_literal(each.name);
    return out + "]";
}

} // namespace

awaitable<void> target_check::run()
{
    const bool schema_usable = co_await with_.holds(
        fmt::format("SELECT coalesce(has_schema_privilege(to_regnamespace({}), 'USAGE'), true)",
                    quote_literal(quote_identifier(target_.schema))));
    if (!schema_usable) {
        with_.add(check_level::error, "table",
                  fmt::format("role {} may not use schema {}", role_, target_.schema),
                  fmt::format("GRANT USAGE ON SCHEMA {} TO {}", quote_identifier(target_.schema),
                              quote_identifier(role_)));
        co_return;
    }
    const bool present = co_await with_.is_there(target_.quoted_name());
    if (!present) {
        co_await check_missing_target();
        co_return;
    }
    const std::size_t first = with_.count();
    const std::vector<finding> differences = co_await check_table(with_.on(), target_);
    for (const finding& each : differences) {
        auto [what, remedy] = what_and_remedy(each.text);
        with_.add(each.fatal ? check_level::error : check_level::warning,
                  each.line != 0 ? "column" : "table", std::move(what), std::move(remedy),
                  each.line);
    }
    if (!with_.any_error_since(first)) {
        co_await check_insert_right();
        co_await check_types();
    }
    if (!with_.any_error_since(first))
        with_.add(
            check_level::ok, "table",
            fmt::format("{} takes the {} columns", target_.quoted_name(), target_.columns.size()));
    co_await note_unique_keys();
}

awaitable<void> target_check::check_missing_target()
{
    const std::string missing = fmt::format("table {} does not exist", target_.quoted_name());
    if (!create_) {
        with_.add(check_level::error, "table", missing,
                  "set `create: true`, or make it: `sluice plan` prints the statement");
        co_return;
    }
    const bool allowed = co_await with_.holds(
        fmt::format("SELECT coalesce(has_schema_privilege(to_regnamespace({}), 'CREATE'), false)",
                    quote_literal(quote_identifier(target_.schema))));
    if (allowed)
        with_.add(check_level::ok, "table", missing + ": the daemon makes it");
    else
        with_.add(
            check_level::error, "table",
            fmt::format("{}, and role {} may not make it", missing, role_),
            fmt::format("see that schema {} exists and GRANT CREATE on it, or run `sluice migrate` "
                        "with a role that may",
                        target_.schema));
}

awaitable<void> target_check::check_insert_right()
{
    std::string lacking;
    for (const target_column& each : target_.columns) {
        const bool allowed = co_await with_.holds(
            fmt::format("has_column_privilege({}, {}, 'INSERT')",
                        quote_literal(target_.quoted_name()), quote_literal(each.name)));
        if (!allowed)
            lacking += (lacking.empty() ? "" : ", ") + each.name;
    }
    if (!lacking.empty())
        with_.add(check_level::error, "table",
                  fmt::format("role {} has no right INSERT on {} ({})", role_,
                              target_.quoted_name(), lacking),
                  fmt::format("GRANT INSERT ON {} TO {}", target_.quoted_name(),
                              quote_identifier(role_)));
}

awaitable<void> target_check::check_types()
{
    for (const target_column& each : target_.columns)
        co_await check_type(each);
}

// The server itself judges, as it will judge the daemon's statement, by preparing one for the
// column alone.
awaitable<void> target_check::check_type(const target_column& column)
{
    const target_table alone{target_.schema, target_.table, {column}};
    const std::string statement = fmt::format("INSERT INTO {} ({}) SELECT {}", alone.quoted_name(),
                                              column_names(alone), unnest_columns(alone, 1, false));
    try {
        co_await with_.on().query("PREPARE sluice_preflight AS " + statement);
        co_await with_.on().query("DEALLOCATE sluice_preflight");
    } catch (const database_error& error) {
        if (with_.on().lost())
            throw;
        const bool mismatch = error.error().sqlstate == datatype_mismatch;
        with_.add(check_level::error, "column", error.what(),
                  mismatch ? "give both the same type"
                           : "see that the column takes the mapped values",
                  column.line);
    }
}

// No fault, but good to know: a record that repeats a key is a dead letter.
awaitable<void> target_check::note_unique_keys()
{
    const rows found = co_await with_.on().query(
        fmt::format("SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_index i "
                    "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
                    "WHERE i.indrelid = {}::regclass AND i.indisunique GROUP BY i.indexrelid "
                    "HAVING bool_and(a.attname = ANY({}::text[])) ORDER BY 1",
                    quote_literal(target_.quoted_name()), names_array(target_)));
    for (const row& each : found)
        with_.add(check_level::ok, "unique key",
                  fmt::format("({}): a record that repeats one becomes a dead letter",
                              each.at(0).value_or("")));
}

} // namespace sluice::postgres
