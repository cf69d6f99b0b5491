#include "pipeline/transform_worker.hpp"

#include <utility>

namespace sluice::pipeline {

transform_worker::transform_worker(rings& work, ring::waker& waker,
                                   std::unique_ptr<transform::transformer> by,
                                   transform::batch_assembler::options how)
    : work_(work),
      transformer_(std::move(by)),
      batches_(work),
      assembler_(*transformer_, batches_, how),
      seat_(work.intake_bell.take_seat(waker))
{
    work.worker_begins();
}

bool transform_worker::take_one(steady_time now)
{
    assignment work;
    if (!work_.may_begin() || !work_.intake.try_pop(work))
        return false;
    // If it ended while the delivery waited it was extended, or is lost: no reason to hurry.
    const steady_time first_ends = work.of->first_lease_ends;
    const steady_time lease_ends = first_ends > now ? first_ends : never;
    const std::size_t count = work.of->count; // read now: it may end with its last batch
    transformer_->open(*work.of, work.transform | work.refuse);
    if (assembler_.keeps_order() && work.transform != 0)
        assembler_.take_together(*work.of, std::exchange(work.transform, std::uint16_t{0}), now,
                                 lease_ends);
    for (std::size_t i = 0; i < count; ++i) {
        const receipt which{work.of, static_cast<std::uint8_t>(i)};
        if ((work.transform & assignment::bit(i)) != 0)
            assembler_.take(which, now, lease_ends);
        else if ((work.refuse & assignment::bit(i)) != 0)
            assembler_.refuse(which, transform::reason::poison, now, lease_ends);
    }
    assembler_.each_open([this](transform::row_batch& open) { work_.count(open); });
    work_.assignment_ends();
    return true;
}

transform_worker::next transform_worker::step(steady_time now)
{
    work_.intake_bell.get_up(seat_);
    const bool took = take_one(now);
    assembler_.flush_due(now); // also while deliveries keep coming
    if (took) {
        was_busy_ = true;
        return next::again;
    }
    if (std::exchange(was_busy_, false) && !work_.intake.drained())
        return next::pause;
    // Writers that have nothing else make room by what is open here.
    if (!work_.may_begin() && work_.rows.size() == 0)
        assembler_.flush_all();
    work_.intake_bell.lie_down(seat_);
    // Announced first, looked second: a delivery pushed in between is found here.
    if (take_one(now)) {
        work_.intake_bell.get_up(seat_);
        return next::again;
    }
    if (!work_.intake.drained())
        return next::sleep;
    work_.intake_bell.get_up(seat_);
    assembler_.flush_all();
    work_.intake_bell.ring_all(); // others may wait for room, with nothing left to take
    work_.worker_ends();
    return next::ended;
}

} // namespace sluice::pipeline
