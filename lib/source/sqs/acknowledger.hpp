// Deletes what is committed, in tens, over connections of its own.
#pragma once

#include "core/backoff.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"
#include "core/reminder.hpp"
#include "source/sqs/counters.hpp"
#include "source/sqs/crew.hpp"
#include "source/sqs/custodian.hpp"
#include "source/sqs/delete_queue.hpp"
#include "source/sqs/queue.hpp"

namespace sluice::sqs {

class acknowledger
{
public:
    struct options
    {
        std::chrono::milliseconds linger{50};
        std::size_t calls_max = 40; // at once
    };

    acknowledger(asio::any_io_executor executor, clock& time, random_source& random, queue& from,
                 custodian& owner, counters& count, options how);

    // The message is committed: delete it.
    void add(receipt which, steady_time now);
    // After one or several add: sees to it that they leave.
    void kick();

    // Runs until stopped; then deletes what waits and ends.
    awaitable<void> run();
    void stop();
    // Ends running calls, after stop: their messages are given up.
    void abandon();

    [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }

private:
    awaitable<bool> delete_some();
    void settle(const std::vector<receipt>& receipts, const batch_result& results);
    void put_back(receipt which);
    void end(receipt which, delete_result how);

    clock& clock_;
    random_source& random_;
    queue& from_;
    custodian& owner_;
    counters& count_;
    delete_queue queue_;
    backoff trouble_;
    reminder reminder_;        // of it; not of each call, some of which may succeed meanwhile
    steady_time hold_until_{}; // after an error that hits every call
    sleeper wake_;
    bool stopping_ = false;
    bool abandoned_ = false;
    crew crew_;
};

} // namespace sluice::sqs
