#include "transform/batch_assembler.hpp"

#include <algorithm>

namespace sluice::transform {
namespace {

row_batch::path way_of(const message& which) noexcept
{
    return which.receive_count > 1 ? row_batch::path::careful : row_batch::path::fast;
}

bool is_named(std::uint16_t by, std::size_t index) noexcept
{
    return (by >> index & 1U) != 0;
}

bool has_group_of(const delivery& in, std::uint16_t which, const message& one) noexcept
{
    for (std::size_t i = 0; i < in.count; ++i)
        if (is_named(which, i) && in.messages[i].group_id == one.group_id)
            return true;
    return false;
}

} // namespace

batch_assembler::batch_assembler(transformer& work, batch_exchange& batches, options how)
    : transformer_(work), exchange_(batches), options_(how)
{}

void batch_assembler::take(delivery& from, steady_time now, steady_time lease_ends)
{
    for (std::size_t i = 0; i < from.count; ++i)
        take({&from, static_cast<std::uint8_t>(i)}, now, lease_ends);
}

void batch_assembler::take(receipt which, steady_time now, steady_time lease_ends)
{
    open_batch& open = batch_for(which, now, lease_ends);
    static_cast<void>(transformer_.add(which, *open.batch)); // whatever it became is in the batch
    added_to(open);
}

void batch_assembler::take_together(delivery& from, std::uint16_t which, steady_time now,
                                    steady_time lease_ends)
{
    auto way = row_batch::path::fast;
    for (std::size_t i = 0; i < from.count; ++i)
        if (is_named(which, i) && way_of(from.messages[i]) == row_batch::path::careful)
            way = row_batch::path::careful;
    open_batch& open = batch_for(way, now, lease_ends);
    std::uint16_t damaged = 0;
    for (std::size_t i = 0; i < from.count; ++i) {
        if (!is_named(which, i))
            continue;
        const receipt one{&from, static_cast<std::uint8_t>(i)};
        if (has_group_of(from, damaged, *one)) // it comes again behind the damaged one
            open.batch->corrupt.push_back(one);
        else if (transformer_.add(one, *open.batch) == outcome::corrupt)
            damaged |= static_cast<std::uint16_t>(1U << i);
        ++open.messages;
    }
    if (is_full(open))
        hand_over(open);
}

void batch_assembler::refuse(receipt which, reason why, steady_time now, steady_time lease_ends)
{
    open_batch& open = batch_for(which, now, lease_ends);
    static_cast<void>(transformer_.refuse(which, why, *open.batch));
    added_to(open);
}

batch_assembler::open_batch& batch_assembler::batch_for(receipt which, steady_time now,
                                                        steady_time lease_ends)
{
    return batch_for(way_of(*which), now, lease_ends);
}

batch_assembler::open_batch& batch_assembler::batch_for(row_batch::path way, steady_time now,
                                                        steady_time lease_ends)
{
    open_batch& open = open_[static_cast<std::size_t>(way)];
    if (!open.batch) {
        open.batch = exchange_.take();
        transformer_.columns().shape(*open.batch);
        open.batch->way = way;
        open.batch->opened = now;
        open.messages = 0;
    }
    open.batch->first_lease_ends = std::min(open.batch->first_lease_ends, lease_ends);
    return open;
}

void batch_assembler::added_to(open_batch& open)
{
    ++open.messages;
    if (is_full(open))
        hand_over(open);
}

bool batch_assembler::is_full(const open_batch& of) const noexcept
{
    return of.messages >= options_.limits.rows || of.batch->bytes() >= options_.limits.bytes;
}

steady_time batch_assembler::deadline_of(const open_batch& of) const noexcept
{
    if (!of.batch)
        return never;
    const steady_time lease_ends = of.batch->first_lease_ends;
    const steady_time lease = lease_ends == never ? never : lease_ends - options_.lease_margin;
    return std::min(of.batch->opened + options_.limits.linger, lease);
}

steady_time batch_assembler::next_deadline() const noexcept
{
    return std::min(deadline_of(open_[0]), deadline_of(open_[1]));
}

void batch_assembler::flush_due(steady_time now)
{
    for (open_batch& each : open_)
        if (each.batch && deadline_of(each) <= now)
            hand_over(each);
}

void batch_assembler::flush_all()
{
    for (open_batch& each : open_)
        if (each.batch)
            hand_over(each);
}

void batch_assembler::hand_over(open_batch& full)
{
    full.batch->seal();
    exchange_.hand_over(std::move(full.batch));
}

} // namespace sluice::transform
