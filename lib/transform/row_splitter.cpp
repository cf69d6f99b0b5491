#include "transform/row_splitter.hpp"

#include "core/encoding.hpp"
#include "transform/column_cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>

namespace sluice::transform {
namespace {

using parts = std::vector<std::unique_ptr<row_batch>>;

std::vector<column_cursor> cursors_of(row_batch& batch)
{
    std::vector<column_cursor> cursors;
    for (column_array& column : batch.columns)
        cursors.emplace_back(column.finish());
    return cursors;
}

void append_next(column_cursor& from, column_array& to)
{
    if (const auto element = from.next())
        to.append(*element);
    else
        to.append_null();
}

// Appends the row that the cursors stand before.
void append_next_row(std::vector<column_cursor>& cursors, const row_batch::entry& entry,
                     row_batch& to)
{
    for (std::size_t i = 0; i < cursors.size(); ++i)
        append_next(cursors[i], to.columns[i]);
    to.keys.add(entry.key);
    to.row_keys.append(as_text(entry.key));
    to.rows.push_back(entry);
}

void skip_next_row(std::vector<column_cursor>& cursors)
{
    for (column_cursor& each : cursors)
        static_cast<void>(each.next());
}

constexpr std::array letter_arrays{
    &letter_columns::key,           &letter_columns::message_id,  &letter_columns::reason,
    &letter_columns::sqlstate,      &letter_columns::column_name, &letter_columns::detail,
    &letter_columns::body,          &letter_columns::body_sealed, &letter_columns::attributes,
    &letter_columns::receive_count, &letter_columns::sent_at,     &letter_columns::received_at,
};

// Letters that are chosen, array by array: each element as it is.
template <class Choose>
void append_letters(row_batch& from, const Choose& chosen, row_batch& to)
{
    for (const auto array : letter_arrays) {
        column_cursor cursor((from.letters.*array).finish());
        for (const row_batch::letter_entry& each : from.letter_entries) {
            if (chosen(each))
                append_next(cursor, to.letters.*array);
            else
                static_cast<void>(cursor.next());
        }
    }
    for (const row_batch::letter_entry& each : from.letter_entries)
        if (chosen(each)) {
            if (each.why != reason::too_old)
                to.keys.add(each.key);
            to.letter_entries.push_back(each);
        }
}

bool holds(const row_batch& part, const ledger_key& key)
{
    return part.keys.contains(key) ||
           std::any_of(part.letter_entries.begin(), part.letter_entries.end(),
                       [&key](const auto& letter) { return letter.key == key; });
}

// A duplicate is deleted when its batch is committed: it goes where its twin is.
void append_duplicates(const row_batch& from, const parts& to)
{
    for (const receipt each : from.duplicates) {
        const ledger_key key = key_of(*each);
        const auto twin = std::find_if(to.begin(), to.end(),
                                       [&key](const auto& part) { return holds(*part, key); });
        assert(twin != to.end());
        (*twin)->duplicates.push_back(each);
    }
}

// What every split ends with.
void finish_parts(const row_batch& from, parts& made)
{
    append_duplicates(from, made);
    row_batch& first = *made.front();
    first.corrupt.insert(first.corrupt.end(), from.corrupt.begin(), from.corrupt.end());
    first.work_time = from.work_time;
    for (const auto& part : made)
        part->seal();
}

bool same_delivery(const row_batch::entry& one, const row_batch::entry& other) noexcept
{
    return one.from.from == other.from.from;
}

bool same_group(receipt one, receipt other) noexcept
{
    return one.from == other.from && one->group_id == other->group_id;
}

// The part of the row of its group that precedes a letter; if none does, of the one that follows.
std::size_t part_of(receipt letter, const row_batch& from, const std::vector<std::size_t>& ends)
{
    std::optional<std::size_t> beside;
    for (std::size_t row = 0; row < from.rows.size(); ++row) {
        const receipt one = from.rows[row].from;
        if (same_group(one, letter) && (!beside || one.index < letter.index))
            beside = row;
    }
    if (!beside)
        return 0;
    return static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), *beside) -
                                    ends.begin());
}

// Each letter goes where its group is.
void append_letters_in_order(row_batch& from, const std::vector<std::size_t>& ends, const parts& to)
{
    std::vector<std::size_t> places;
    for (const row_batch::letter_entry& each : from.letter_entries)
        places.push_back(part_of(each.from, from, ends));
    for (std::size_t part = 0; part < to.size(); ++part)
        append_letters(
            from,
            [&](const row_batch::letter_entry& each) {
                return places[static_cast<std::size_t>(&each - from.letter_entries.data())] == part;
            },
            *to[part]);
}

// "constraint logins_key": what the letter says beside the SQLSTATE and the column.
std::string detail_of_refusal(const database_refusal& why)
{
    return why.constraint.empty() ? std::string() : fmt::format("constraint {}", why.constraint);
}

} // namespace

row_splitter::row_splitter(std::shared_ptr<const mapping> columns, const mask::keyring* keys,
                           bool keeps_order)
    : mapping_(std::move(columns)),
      engine_(keys != nullptr ? std::make_unique<mask::seal_engine>(*keys) : nullptr),
      letters_(*mapping_, engine_.get()),
      keeps_order_(keeps_order)
{}

bool row_splitter::splits_in_sequence(const row_batch& bad) const noexcept
{
    const auto is_first_one = [&bad](const row_batch::entry& each) {
        return same_delivery(each, bad.rows.front());
    };
    return keeps_order_ && std::ranges::all_of(bad.rows, is_first_one);
}

// Where each part ends, as a number of rows. Of a FIFO queue between deliveries; a single one is
// cut into its rows.
std::vector<std::size_t> row_splitter::cut(const row_batch& bad) const
{
    const std::size_t rows = bad.rows.size();
    const bool anywhere = !keeps_order_ || splits_in_sequence(bad);
    std::vector<std::size_t> places;
    for (std::size_t row = 1; row <= rows; ++row)
        if (anywhere || row == rows || !same_delivery(bad.rows[row - 1], bad.rows[row]))
            places.push_back(row);
    const std::size_t count = std::min(fan_out, places.size());
    std::vector<std::size_t> ends;
    for (std::size_t i = 1; i <= count; ++i)
        ends.push_back(places[places.size() * i / count - 1]);
    return ends;
}

std::vector<std::unique_ptr<row_batch>>
row_splitter::split(row_batch& bad, const database_refusal& why, const take_batch& take)
{
    parts made;
    std::vector<std::size_t> ends{1};
    assert(!bad.rows.empty());
    if (bad.rows.size() == 1) {
        made.push_back(make_part(bad, take));
        append_letter(*made[0], bad.rows[0], why);
    } else {
        std::vector<column_cursor> cursors = cursors_of(bad);
        ends = cut(bad);
        std::size_t row = 0;
        for (const std::size_t end : ends) {
            made.push_back(make_part(bad, take));
            for (; row < end; ++row)
                append_next_row(cursors, bad.rows[row], *made.back());
        }
    }
    if (keeps_order_)
        append_letters_in_order(bad, ends, made);
    else
        append_letters(bad, [](const auto&) { return true; }, *made.front());
    finish_parts(bad, made);
    return made;
}

std::vector<std::unique_ptr<row_batch>>
row_splitter::set_aside_old(row_batch& from, const ledger_key& floor, const take_batch& take)
{
    const auto is_old = [&floor](const auto& entry) { return entry.key < floor; };
    parts made;
    made.push_back(make_part(from, take));
    row_batch& old = *made.front();
    const auto set_aside = [&](const auto& entry) {
        letters_.append(entry.from, entry.key, {.why = reason::too_old}, old);
    };
    auto young = make_part(from, take);
    std::vector<column_cursor> cursors = cursors_of(from);
    for (const row_batch::entry& each : from.rows) {
        if (is_old(each)) {
            skip_next_row(cursors);
            set_aside(each);
        } else {
            append_next_row(cursors, each, *young);
        }
    }
    for (const row_batch::letter_entry& each : from.letter_entries)
        if (is_old(each))
            set_aside(each);
    append_letters(from, [&is_old](const auto& each) { return !is_old(each); }, *young);
    assert(!old.letter_entries.empty());
    made.push_back(std::move(young));
    finish_parts(from, made);
    if (made.back()->empty())
        made.pop_back();
    return made;
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
