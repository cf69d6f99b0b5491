// Extends the leases of what is in work, so that nobody else receives it meanwhile.
#pragma once

#include "core/clock.hpp"
#include "core/condition.hpp"
#include "core/reminder.hpp"
#include "source/sqs/counters.hpp"
#include "source/sqs/crew.hpp"
#include "source/sqs/custodian.hpp"
#include "source/sqs/lease_schedule.hpp"
#include "source/sqs/queue.hpp"

#include <cstdint>
#include <set>
#include <span>

namespace sluice::sqs {

class lease_keeper
{
public:
    struct options
    {
        std::chrono::seconds visibility{30};
        std::size_t calls_max = 16; // at once
    };

    lease_keeper(asio::any_io_executor executor, clock& time, queue& from, custodian& owner,
                 counters& count, options how);

    // A delivery came whose response began at `first_byte`.
    void watch(delivery& of, steady_time first_byte);

    // Extends these no more, and returns when no running call names one of them: an extension that
    // comes in behind a release would undo it. The deliveries must stay until then.
    awaitable<void> forget(std::span<const receipt> receipts);

    // Runs until stopped, and ends when the running calls have ended.
    awaitable<void> run();
    // Extends nothing from now on.
    void stop();
    void abandon();

    [[nodiscard]] const lease_schedule& schedule() const noexcept { return schedule_; }

private:
    awaitable<bool> extend_some();
    void settle(const std::vector<receipt>& receipts, const batch_result& results,
                steady_time began);
    void look_for_standstill();

    clock& clock_;
    queue& from_;
    custodian& owner_;
    counters& count_;
    reminder reminder_; // of calls that fail
    lease_schedule schedule_;
    sleeper wake_;
    steady_time expected_wake_ = never;
    bool stopped_ = false;
    std::uint64_t calls_begun_ = 0;
    std::set<std::uint64_t> running_; // calls, by their number
    condition call_ended_;
    crew crew_;
};

} // namespace sluice::sqs
