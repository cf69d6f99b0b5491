#include "pipeline/transform_threads.hpp"

namespace sluice::pipeline {

transform_threads::transform_threads(rings& work, std::size_t count, const make_transformer& make,
                                     transform::batch_assembler::options how)
{
    // All seats are taken before any thread uses the bell.
    for (std::size_t i = 0; i < count; ++i) {
        auto& self = workers_.emplace_back(std::make_unique<worker>());
        self->transformer = make();
        self->seat = work.intake_bell.take_seat(self->waker);
        work.worker_begins();
    }
    for (const auto& each : workers_) {
        worker& self = *each;
        self.thread = std::jthread([&work, &self, how] { run(work, self, how); });
    }
}

void transform_threads::run(rings& work, worker& self,
                            transform::batch_assembler::options how) noexcept
{
    ring_exchange batches(work);
    transform::batch_assembler assembler(*self.transformer, batches, how);
    const auto take_one = [&] {
        delivery* next = nullptr;
        if (!work.intake.try_pop(next))
            return false;
        assembler.take(*next, steady_clock::now(), next->first_lease_ends);
        return true;
    };
    for (;;) {
        const bool took = take_one();
        assembler.flush_due(steady_clock::now()); // also while deliveries keep coming
        if (took)
            continue;
        work.intake_bell.lie_down(self.seat);
        // Announced first, looked second: a delivery pushed in between is found here.
        if (take_one()) {
            work.intake_bell.get_up(self.seat);
            continue;
        }
        if (work.intake.drained())
            break;
        self.waker.sleep_until(assembler.next_deadline());
        work.intake_bell.get_up(self.seat);
    }
    work.intake_bell.get_up(self.seat);
    assembler.flush_all();
    work.worker_ends();
}

} // namespace sluice::pipeline
