#include "transform/row_splitter.hpp"

#include "core/encoding.hpp"
#include "transform/column_cursor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::transform {
namespace {

// Appends the next `count` rows of `from` to `to`.
void append_rows(std::vector<column_cursor>& cursors, const row_batch& from, std::size_t first,
                 std::size_t count, row_batch& to)
{
    for (std::size_t i = 0; i < cursors.size(); ++i)
        for (std::size_t row = 0; row < count; ++row) {
            if (const auto element = cursors[i].next())
                to.columns[i].append(*element);
            else
                to.columns[i].append_null();
        }
    for (std::size_t row = first; row < first + count; ++row) {
        to.keys.add(from.rows[row].key);
        to.row_keys.append(as_text(from.rows[row].key));
        to.rows.push_back(from.rows[row]);
    }
}

// "constraint logins_key": what the letter says beside the SQLSTATE and the column.
std::string detail_of_refusal(const database_refusal& why)
{
    return why.constraint.empty() ? std::string() : fmt::format("constraint {}", why.constraint);
}

} // namespace

row_splitter::row_splitter(std::shared_ptr<const mapping> columns, const mask::keyring* keys)
    : mapping_(std::move(columns)),
      engine_(keys != nullptr ? std::make_unique<mask::seal_engine>(*keys) : nullptr),
      letters_(*mapping_, engine_.get())
{}

std::vector<std::unique_ptr<row_batch>>
row_splitter::split(row_batch& bad, const database_refusal& why, const take_batch& take)
{
    std::vector<std::unique_ptr<row_batch>> parts;
    const std::size_t rows = bad.rows.size();
    if (rows == 1) {
        parts.push_back(make_part(bad, take));
        append_letter(*parts[0], bad.rows[0], why);
    } else {
        std::vector<column_cursor> cursors;
        for (column_array& column : bad.columns)
            cursors.emplace_back(column.finish());
        const std::size_t count = std::min(fan_out, rows);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t first = rows * i / count;
            parts.push_back(make_part(bad, take));
            append_rows(cursors, bad, first, rows * (i + 1) / count - first, *parts.back());
        }
    }
    move_others(bad, *parts.front());
    for (const auto& part : parts)
        part->seal();
    return parts;
}

std::unique_ptr<row_batch> row_splitter::make_part(const row_batch& of,
                                                   const take_batch& take) const
{
    auto part = take();
    mapping_->shape(*part);
    part->way = of.way;
    part->opened = of.opened;
    part->first_lease_ends = of.first_lease_ends;
    return part;
}

// Letters are moved array by array: each element as it is.
void row_splitter::move_others(row_batch& from, row_batch& to) const
{
    letter_columns& source = from.letters;
    letter_columns& target = to.letters;
    const auto move = [&](column_array letter_columns::* array) {
        column_cursor cursor((source.*array).finish());
        for (std::size_t i = 0; i < from.letter_entries.size(); ++i) {
            if (const auto element = cursor.next())
                (target.*array).append(*element);
            else
                (target.*array).append_null();
        }
    };
    for (const auto array :
         {&letter_columns::key, &letter_columns::message_id, &letter_columns::reason,
          &letter_columns::sqlstate, &letter_columns::column_name, &letter_columns::detail,
          &letter_columns::body, &letter_columns::body_sealed, &letter_columns::attributes,
          &letter_columns::receive_count, &letter_columns::sent_at, &letter_columns::received_at})
        move(array);
    for (const row_batch::letter_entry& each : from.letter_entries) {
        to.keys.add(each.key);
        to.letter_entries.push_back(each);
    }
    to.duplicates.insert(to.duplicates.end(), from.duplicates.begin(), from.duplicates.end());
    to.corrupt.insert(to.corrupt.end(), from.corrupt.begin(), from.corrupt.end());
    to.work_time = from.work_time;
}

std::int16_t row_splitter::index_of(std::string_view column) const noexcept
{
    const auto& columns = mapping_->columns();
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].name == column)
            return static_cast<std::int16_t>(i);
    return -1;
}

void row_splitter::append_letter(row_batch& to, const row_batch::entry& refused,
                                 const database_refusal& why)
{
    const std::string detail = detail_of_refusal(why);
    to.keys.add(refused.key);
    letters_.append(refused.from, refused.key,
                    {.why = reason::database_refused,
                     .column = index_of(why.column),
                     .detail = detail,
                     .sqlstate = why.sqlstate},
                    to);
}

} // namespace sluice::transform
