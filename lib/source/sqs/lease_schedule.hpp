// Decides which leases are extended when. A lease is the time for which SQS hides a message from
// others; it is extended at a third of the visibility timeout, in tens. Performs no I/O and reads
// no clock.
#pragma once

#include "core/delivery.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <span>
#include <vector>

namespace sluice::sqs {

class lease_schedule
{
public:
    // SQS started the lease when it sent the response, before we saw its first byte.
    static constexpr std::chrono::seconds start_margin{1};

    explicit lease_schedule(std::chrono::seconds visibility) noexcept : visibility_(visibility) {}

    // A delivery whose response began at `first_byte`. It leaves the schedule when it dies.
    void watch(delivery& of, steady_time first_byte);

    // Up to ten messages whose extension is due: those in work, whose handles live. The same ones
    // are not due again before a third of the timeout has passed.
    [[nodiscard]] std::vector<receipt> take_due(steady_time now);
    [[nodiscard]] bool any_due(steady_time now) const noexcept;
    [[nodiscard]] steady_time next_due() const noexcept;

    // The call that began at `began` extended it.
    void extended(receipt which, steady_time began) noexcept;
    // It did not reach SQS, or SQS could not: due again soon.
    void failed(delivery& of, steady_time now);

    // It is to be released: never due again.
    static void forget(receipt which) noexcept { which.from->not_extended.set(which.index); }

    // The process stood still: every lease may have ended. All are due at once.
    void suspect_all(steady_time now) noexcept;

    [[nodiscard]] std::chrono::seconds visibility() const noexcept { return visibility_; }

    // The shortest time that is left of any lease in the schedule; the timeout when it is empty.
    [[nodiscard]] steady_clock::duration least_remaining(steady_time now) const noexcept;

private:
    using list = boost::intrusive::list<delivery, boost::intrusive::constant_time_size<false>>;

    void enqueue(delivery& of, steady_time due);
    // Not of whole seconds: that of two would be nothing, and every lease due all the time.
    [[nodiscard]] steady_clock::duration third() const noexcept
    {
        return steady_clock::duration(visibility_) / 3;
    }

    std::chrono::seconds visibility_;
    list waiting_; // ascending by extend_at
};

} // namespace sluice::sqs
