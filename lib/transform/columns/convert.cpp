#include "transform/columns/convert.hpp"

#include "transform/columns/checks.hpp"
#include "transform/columns/parse_verbs.hpp"
#include "transform/json/escape.hpp"
#include "transform/json/number.hpp"

namespace sluice::transform {
namespace {

using json::kind;
using reading = parse_plan::reading;

verdict wrong_type(kind got) noexcept
{
    switch (got) {
    case kind::missing:
        return refuse(reason::wrong_type, "got nothing");
    case kind::null:
        return refuse(reason::wrong_type, "got null");
    case kind::boolean:
        return refuse(reason::wrong_type, "got true or false");
    case kind::number:
        return refuse(reason::wrong_type, "got a number");
    case kind::string:
        return refuse(reason::wrong_type, "got text");
    case kind::array:
        return refuse(reason::wrong_type, "got an array");
    case kind::object:
        return refuse(reason::wrong_type, "got an object");
    }
    return refuse(reason::wrong_type, "got something unknown");
}

bool is_number_type(column_type type) noexcept
{
    return type == column_type::integer || type == column_type::bigint ||
           type == column_type::numeric || type == column_type::double_precision;
}

bool takes_text(const column_plan& column, bool with_parse) noexcept
{
    const bool is_plain = is_number_type(column.type) || column.type == column_type::boolean;
    return !is_plain || (with_parse && column.parse.given);
}

bool takes_number(const column_plan& column, reading last) noexcept
{
    if (last == reading::epoch_seconds || last == reading::epoch_milliseconds)
        return true;
    return is_number_type(column.type) && last == reading::literal;
}

verdict check_storable(const json::escape_findings& text) noexcept
{
    if (text.nul)
        return refuse(reason::invalid_text, "holds a NUL");
    if (text.lone_surrogate)
        return refuse(reason::invalid_text, "holds half of a surrogate pair");
    return std::nullopt;
}

verdict open_text(const json::value& from, workspace& work, std::string_view& text)
{
    work.text.clear();
    text = from.text;
    if (!from.escaped)
        return std::nullopt;
    char* const out = work.text.extend(from.text.size());
    const json::escape_findings found = json::unescape(from.text, out);
    work.text.truncate(found.size);
    text = work.text.view();
    return check_storable(found);
}

// JSON goes to the database as it stood.
verdict convert_json(const found_value& found, workspace& work)
{
    const json::value& from = found.value;
    work.value.bytes = from.text;
    switch (from.what) {
    case kind::array:
    case kind::object:
        if (from.flaw != json::no_flaw && found.document != nullptr)
            return found.document->flaw_of(from);
        return std::nullopt;
    case kind::string:
        work.value.bytes = {from.text.data() - 1, from.text.size() + 2}; // with its quotes
        return from.escaped ? check_storable(json::check_escapes(from.text)) : verdict{};
    case kind::number:
        if (const auto digits = json::read_number(from.text))
            return json::check_bounds(*digits);
        return wrong_type(from.what);
    case kind::boolean:
        return std::nullopt;
    case kind::missing:
    case kind::null:
        break;
    }
    return wrong_type(from.what);
}

verdict convert_text(const column_plan& column, const json::value& from, bool with_parse,
                     workspace& work)
{
    std::string_view text;
    if (const verdict refused = open_text(from, work, text))
        return refused;
    if (with_parse && column.parse.given) {
        text = prepare_text(column.parse, text, work.text);
        if (column.parse.last != reading::literal)
            return read_by_verb(column.parse, column.type, text, work.value);
    }
    return read_literal(column.type, text, work.value, work.decoded);
}

} // namespace

verdict convert(const column_plan& column, const found_value& from, bool with_parse,
                workspace& work)
{
    if (column.type == column_type::jsonb)
        return convert_json(from, work);
    const json::value& value = from.value;
    const reading last = with_parse ? column.parse.last : reading::literal;
    switch (value.what) {
    case kind::string:
        if (takes_text(column, with_parse))
            return convert_text(column, value, with_parse, work);
        break;
    case kind::number:
        if (!takes_number(column, last))
            break;
        if (last != reading::literal)
            return read_by_verb(column.parse, column.type, value.text, work.value);
        return read_literal(column.type, value.text, work.value, work.decoded);
    case kind::boolean:
        if (column.type == column_type::boolean)
            return read_literal(column.type, value.text, work.value, work.decoded);
        break;
    default:
        break;
    }
    return wrong_type(value.what);
}

verdict read_value(const column_plan& column, const found_value& from, bool with_parse,
                   workspace& work)
{
    if (const verdict refused = convert(column, from, with_parse, work))
        return refused;
    return check_value(column.check, column.type, work.value);
}

} // namespace sluice::transform
