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
