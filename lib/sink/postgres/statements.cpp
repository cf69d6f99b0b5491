#include "sink/postgres/statements.hpp"

#include "sink/postgres/column_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace sluice::postgres {
namespace {

using transform::row_batch;

struct letter_column
{
    const char* name;
    const char* type;
    transform::column_array transform::letter_columns::* array;
};

// The columns of sluice.dead_letters that come from the batch, in parameter order. The key comes
// first: it is no column, but joins with the ledger on the careful path.
const std::array<letter_column, 12> letter_layout{{
    {"key", "uuid", &transform::letter_columns::key},
    {"message_id", "text", &transform::letter_columns::message_id},
    {"reason", "text", &transform::letter_columns::reason},
    {"sqlstate", "text", &transform::letter_columns::sqlstate},
    {"column_name", "text", &transform::letter_columns::column_name},
    {"detail", "text", &transform::letter_columns::detail},
    {"body", "bytea", &transform::letter_columns::body},
    {"body_sealed", "bool", &transform::letter_columns::body_sealed},
    {"attributes", "bytea", &transform::letter_columns::attributes},
    {"receive_count", "int4", &transform::letter_columns::receive_count},
    {"sent_at", "timestamptz", &transform::letter_columns::sent_at},
    {"received_at", "timestamptz", &transform::letter_columns::received_at},
}};

std::string join(const std::vector<std::string>& parts)
{
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string letter_names(std::string_view prefix)
{
    std::vector<std::string> names;
    for (const letter_column& column : letter_layout)
        if (column.array != &transform::letter_columns::key)
            names.push_back(fmt::format("{}{}", prefix, column.name));
    return join(names);
}

std::string unnest_letters(std::size_t first_parameter)
{
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < letter_layout.size(); ++i)
        parts.push_back(fmt::format("unnest(${}::{}[]) AS {}", first_parameter + i,
                                    letter_layout[i].type, letter_layout[i].name));
    return join(parts);
}

// A letter that is there already is the same message refused again: nothing to add.
constexpr std::string_view letter_insert = "INSERT INTO sluice.dead_letters "
                                           "(pipeline, config_hash, {}) SELECT ${}, ${}, {} "
                                           "FROM (SELECT {} OFFSET 0) letter{} "
                                           "ON CONFLICT (pipeline, message_id) DO NOTHING";

std::string ledger_sql()
{
    return "INSERT INTO sluice.ledger (message_id) SELECT unnest($1::uuid[])";
}

std::string rows_sql(const target_table& target)
{
    return fmt::format("INSERT INTO {} ({}) SELECT {}", target.quoted_name(), column_names(target),
                       unnest_columns(target, 1, false));
}

std::string letters_sql()
{
    return fmt::format(letter_insert, letter_names(""), 1, 2, letter_names("letter."),
                       unnest_letters(3), "");
}

// Parameters: ledger ids, keys of the rows, columns, pipeline, config hash, letters.
// OFFSET 0 keeps the planner from pulling the unnest up; the join is by hash (the session turns
// nested loops off: the planner guesses ten rows for any array), and may bring the rows in any
// order: that of the batch costs a sort.
std::string careful_sql(const target_table& target, bool keeps_order)
{
    const char* const place =
        keeps_order ? R"(generate_series(1, cardinality($2::uuid[])) AS " place", )" : "";
    const char* const by_place = keeps_order ? R"( ORDER BY entry." place")" : "";
    const std::size_t first_column = 3;
    const std::size_t after_columns = first_column + target.columns.size();
    const std::string letters =
        fmt::format(letter_insert, letter_names(""), after_columns, after_columns + 1,
                    letter_names("letter."), unnest_letters(after_columns + 2),
                    // A letter without a key is too old for the ledger.
                    " WHERE letter.key IS NULL OR letter.key IN (SELECT message_id FROM fresh)");
    return fmt::format(
        "WITH fresh AS (INSERT INTO sluice.ledger (message_id) SELECT unnest($1::uuid[]) "
        "ON CONFLICT DO NOTHING RETURNING message_id), "
        "stored AS (INSERT INTO {} ({}) SELECT {} FROM (SELECT unnest($2::uuid[]) AS \" key\", "
        "{}{} "
        "OFFSET 0) entry JOIN fresh ON fresh.message_id = entry.\" key\"{} RETURNING 1), "
        "lettered AS ({} RETURNING 1) "
        "SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM lettered)",
        target.quoted_name(), column_names(target), column_names(target, "entry."), place,
        unnest_columns(target, first_column, true), by_place, letters);
}

// What the ledger says of a key that it has no partition for. Read before the insert that may
// fail: afterwards the transaction takes no more statements.
std::string floor_sql()
{
    return "SELECT closing FROM sluice.ledger_floor";
}

// A write in every careful segment: a segment of duplicates only would write nothing, and so would
// not wait for the standby that must have the rows it found.
std::string barrier_sql()
{
    return "INSERT INTO sluice.barrier (name) VALUES ($1) "
           "ON CONFLICT (name) DO UPDATE SET writes = barrier.writes + 1, written_at = now()";
}

} // namespace

statements::statements(const target_table& target, bool keeps_order)
    : all_{{
          {statement::ledger, "sluice_ledger", ledger_sql()},
          {statement::rows, "sluice_rows", rows_sql(target)},
          {statement::letters, "sluice_letters", letters_sql()},
          {statement::floor, "sluice_floor", floor_sql()},
          {statement::careful, "sluice_careful", careful_sql(target, keeps_order)},
          {statement::barrier, "sluice_barrier", barrier_sql()},
      }}
{}

const prepared_statement& statements::get(statement which) const
{
    const auto found = std::find_if(all_.begin(), all_.end(), [which](const auto& prepared) {
        return prepared.which == which;
    });
    assert(found != all_.end());
    return *found;
}

std::vector<statement> segment_of(const row_batch& batch, row_batch::path way)
{
    if (way == row_batch::path::careful)
        return {statement::floor, statement::careful, statement::barrier};
    std::vector<statement> order{statement::ledger};
    if (!batch.rows.empty())
        order.push_back(statement::rows);
    if (!batch.letter_entries.empty())
        order.push_back(statement::letters);
    return order;
}

std::vector<std::string_view> parameters_of(statement which, row_batch& batch,
                                            const batch_identity& identity)
{
    std::vector<std::string_view> out;
    const auto add_rows = [&] {
        for (transform::column_array& column : batch.columns)
            out.push_back(column.finish());
    };
    const auto add_letters = [&] {
        out.push_back(identity.pipeline);
        out.push_back(identity.config_hash);
        for (const letter_column& column : letter_layout)
            out.push_back((batch.letters.*column.array).finish());
    };
    switch (which) {
    case statement::ledger:
        out.push_back(batch.ledger_ids.finish());
        break;
    case statement::rows:
        add_rows();
        break;
    case statement::letters:
        add_letters();
        break;
    case statement::careful:
        out.push_back(batch.ledger_ids.finish());
        out.push_back(batch.row_keys.finish());
        add_rows();
        add_letters();
        break;
    case statement::barrier:
        out.push_back(identity.barrier_name);
        break;
    case statement::floor:
        break; // takes none
    case statement::commit:
    case statement::other:
        assert(false && "not a statement of a batch");
        break;
    }
    return out;
}

} // namespace sluice::postgres
