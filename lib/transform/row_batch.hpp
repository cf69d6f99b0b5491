// What a transform worker hands to a writer: columns already encoded as PostgreSQL binary arrays,
// beside the receipts that they came from. One batch is one transaction.
#pragma once

#include "core/delivery.hpp"
#include "transform/column_array.hpp"
#include "transform/key_set.hpp"
#include "transform/ledger_key.hpp"
#include "transform/reason.hpp"
#include "transform/row_memory.hpp"

#include <cstdint>
#include <vector>

namespace sluice::transform {

// Dead letters of a batch, one array a column of sluice.dead_letters.
struct letter_columns
{
    column_array key{oid::uuid}; // joins with the ledger on the careful path; null: too_old
    column_array message_id{oid::text};
    column_array reason{oid::text};
    column_array sqlstate{oid::text};
    column_array column_name{oid::text};
    column_array detail{oid::text};
    column_array body{oid::bytea};
    column_array body_sealed{oid::boolean};
    column_array attributes{oid::bytea};
    column_array receive_count{oid::int4};
    column_array sent_at{oid::timestamptz};
    column_array received_at{oid::timestamptz};

    void clear();
    [[nodiscard]] std::size_t bytes() const noexcept;
    [[nodiscard]] std::size_t capacity() const noexcept;
};

struct row_batch
{
    // Whether a duplicate is expected: then the batch goes the careful way at once.
    enum class path : std::uint8_t
    {
        fast,
        careful,
    };

    struct entry
    {
        ledger_key key;
        receipt from;
    };

    struct letter_entry
    {
        ledger_key key;
        receipt from;
        transform::reason why;
        std::int16_t column; // index in the mapping, -1 when none is to blame
    };

    path way = path::fast;

    std::vector<column_array> columns; // element i of each is row i
    column_array row_keys{oid::uuid};  // element i is the key of row i
    std::vector<entry> rows;           // entry i is row i

    letter_columns letters;
    std::vector<letter_entry> letter_entries;

    // Seen twice in this batch: collapsed, but each handle is deleted after the commit.
    std::vector<receipt> duplicates;
    // The body did not arrive as it was sent (MD5): neither stored nor deleted.
    std::vector<receipt> corrupt;

    // All keys of rows and letters, ascending and unique: the order in which every batch locks.
    // Letters that are too_old have none. Filled by seal().
    column_array ledger_ids{oid::uuid};
    key_set keys; // the same while the batch grows

    steady_time opened{};                 // when its first message came
    steady_time first_lease_ends = never; // the earliest lease in it
    steady_clock::duration work_time{};   // spent on it by the worker

    row_memory::share memory; // what it counts for, if anybody counts

    [[nodiscard]] bool empty() const noexcept
    {
        return rows.empty() && letter_entries.empty() && duplicates.empty() && corrupt.empty();
    }
    [[nodiscard]] std::size_t bytes() const noexcept;
    // Of its memory, also what clear() keeps.
    [[nodiscard]] std::size_t capacity() const noexcept;

    // Sorts the keys into ledger_ids; after the last message was added.
    void seal();

    // Empties it for the next use; keeps the memory.
    void clear();
};

} // namespace sluice::transform
