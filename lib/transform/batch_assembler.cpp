#include "transform/batch_assembler.hpp"

#include <algorithm>

namespace sluice::transform {

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

void batch_assembler::refuse(receipt which, reason why, steady_time now, steady_time lease_ends)
{
    open_batch& open = batch_for(which, now, lease_ends);
    static_cast<void>(transformer_.refuse(which, why, *open.batch));
    added_to(open);
}

batch_assembler::open_batch& batch_assembler::batch_for(receipt which, steady_time now,
                                                        steady_time lease_ends)
{
    const auto way = which->receive_count > 1 ? row_batch::path::careful : row_batch::path::fast;
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
