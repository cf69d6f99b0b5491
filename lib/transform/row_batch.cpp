#include "transform/row_batch.hpp"

namespace sluice::transform {

void letter_columns::clear()
{
    for (column_array* const each :
         {&key, &message_id, &reason, &sqlstate, &column_name, &detail, &body, &body_sealed,
          &attributes, &receive_count, &sent_at, &received_at})
        each->clear();
}

std::size_t letter_columns::bytes() const noexcept
{
    return key.bytes() + message_id.bytes() + reason.bytes() + sqlstate.bytes() +
           column_name.bytes() + detail.bytes() + body.bytes() + body_sealed.bytes() +
           attributes.bytes() + receive_count.bytes() + sent_at.bytes() + received_at.bytes();
}

std::size_t letter_columns::capacity() const noexcept
{
    return key.capacity() + message_id.capacity() + reason.capacity() + sqlstate.capacity() +
           column_name.capacity() + detail.capacity() + body.capacity() + body_sealed.capacity() +
           attributes.capacity() + receive_count.capacity() + sent_at.capacity() +
           received_at.capacity();
}

std::size_t row_batch::bytes() const noexcept
{
    std::size_t sum = row_keys.bytes() + ledger_ids.bytes() + letters.bytes();
    for (const column_array& each : columns)
        sum += each.bytes();
    return sum;
}

std::size_t row_batch::capacity() const noexcept
{
    std::size_t sum = row_keys.capacity() + ledger_ids.capacity() + letters.capacity();
    for (const column_array& each : columns)
        sum += each.capacity();
    return sum;
}

void row_batch::seal()
{
    ledger_ids.clear();
    keys.append_sorted(ledger_ids);
}

void row_batch::clear()
{
    way = path::fast;
    for (column_array& each : columns)
        each.clear();
    row_keys.clear();
    rows.clear();
    letters.clear();
    letter_entries.clear();
    duplicates.clear();
    corrupt.clear();
    ledger_ids.clear();
    keys.clear();
    opened = {};
    first_lease_ends = never;
    work_time = {};
    memory.release();
}

} // namespace sluice::transform
