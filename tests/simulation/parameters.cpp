#include "simulation/parameters.hpp"

#include <algorithm>
#include <span>

namespace sluice::simulation {

using postgres::statement;

namespace {

constexpr std::size_t letter_columns = 12; // the key, and what is stored

std::uint32_t take_u32(std::string_view& from)
{
    if (from.size() < 4)
        throw malformed_parameter("it ends too early");
    std::uint32_t out = 0;
    for (const char c : from.substr(0, 4))
        out = out << 8 | static_cast<unsigned char>(c);
    from.remove_prefix(4);
    return out;
}

std::vector<std::string> without_nulls(array_elements elements)
{
    std::vector<std::string> out;
    for (auto& each : elements) {
        if (!each)
            throw malformed_parameter("a key is null");
        out.push_back(std::move(*each));
    }
    return out;
}

std::vector<row_values> read_rows(std::span<const std::string_view> columns)
{
    std::vector<row_values> out;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        array_elements elements = read_array(columns[i]);
        if (i == 0)
            out.resize(elements.size());
        // unnest() of arrays of different lengths would fill up with nulls.
        if (elements.size() != out.size())
            throw malformed_parameter("columns of different lengths");
        for (std::size_t row = 0; row < out.size(); ++row)
            out[row].push_back(std::move(elements[row]));
    }
    return out;
}

// Their order is that of the insert's columns: key, message_id, reason, sqlstate, column_name,
// detail, body, body_sealed, attributes, receive_count, sent_at, received_at.
std::vector<letter_values> read_letters(std::span<const std::string_view> columns)
{
    std::vector<letter_values> out;
    for (row_values& each : read_rows(columns)) {
        letter_values letter;
        letter.key = each[0].value_or("");
        letter.message_id = each[1].value_or("");
        letter.reason = each[2].value_or("");
        letter.sqlstate = each[3].value_or("");
        letter.column = each[4].value_or("");
        letter.has_body = each[6].has_value();
        letter.body_sealed = each[7] == std::string("\1");
        for (std::size_t i = 1; i < each.size(); ++i)
            letter.bytes += each[i].value_or("");
        out.push_back(std::move(letter));
    }
    return out;
}

} // namespace

array_elements read_array(std::string_view parameter)
{
    const std::uint32_t dimensions = take_u32(parameter);
    const std::uint32_t has_null = take_u32(parameter);
    static_cast<void>(take_u32(parameter)); // the element type
    array_elements out;
    if (dimensions == 0)
        return out;
    const std::uint32_t count = take_u32(parameter);
    if (dimensions != 1 || take_u32(parameter) != 1)
        throw malformed_parameter("it has more than one dimension, or begins elsewhere");
    bool saw_null = false;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t length = take_u32(parameter);
        if (length == 0xffffffff) {
            saw_null = true;
            out.emplace_back();
            continue;
        }
        if (length > parameter.size())
            throw malformed_parameter("an element ends too late");
        out.emplace_back(parameter.substr(0, length));
        parameter.remove_prefix(length);
    }
    if (!parameter.empty() || saw_null != (has_null == 1))
        throw malformed_parameter("its header does not fit its elements");
    return out;
}

bool received_batch::has(statement which) const
{
    return std::find(order.begin(), order.end(), which) != order.end();
}

received_batch read_batch(transform::row_batch& batch, transform::row_batch::path way)
{
    received_batch out;
    out.order = postgres::segment_of(batch, way);
    for (const statement which : out.order) {
        const auto parameters =
            postgres::parameters_of(which, batch, {"logins", "0123456789abcdef", "barrier"});
        const std::span<const std::string_view> all(parameters);
        switch (which) {
        case statement::ledger:
            out.ledger_ids = without_nulls(read_array(all[0]));
            break;
        case statement::rows:
            out.rows = read_rows(all);
            break;
        case statement::letters:
            out.letters = read_letters(all.last(letter_columns));
            break;
        case statement::careful:
            out.ledger_ids = without_nulls(read_array(all[0]));
            out.row_keys = without_nulls(read_array(all[1]));
            out.rows = read_rows(all.subspan(2, all.size() - 2 - 2 - letter_columns));
            out.letters = read_letters(all.last(letter_columns));
            if (out.row_keys.size() != out.rows.size())
                throw malformed_parameter("rows and their keys differ in number");
            break;
        case statement::floor:
        case statement::barrier:
        case statement::commit:
        case statement::other:
            break;
        }
    }
    return out;
}

} // namespace sluice::simulation
