#include "sink/postgres/target.hpp"

namespace sluice::postgres {
namespace {

std::string quote(std::string_view text, char mark)
{
    std::string out(1, mark);
    for (const char c : text) {
        out.push_back(c);
        if (c == mark)
            out.push_back(c);
    }
    out.push_back(mark);
    return out;
}

} // namespace

target_table make_target(std::string schema, std::string table, const transform::mapping& columns)
{
    target_table target{std::move(schema), std::move(table), {}};
    for (const transform::column_plan& plan : columns.columns())
        target.columns.push_back({plan.name, std::string(plan.sql_element_type()), plan.sql_cast(),
                                  plan.sql_column_type(), plan.required, plan.line});
    return target;
}

std::string quote_identifier(std::string_view name)
{
    return quote(name, '"');
}

std::string quote_literal(std::string_view text)
{
    return quote(text, '\'');
}

std::string target_table::quoted_name() const
{
    return quote_identifier(schema) + '.' + quote_identifier(table);
}

} // namespace sluice::postgres
