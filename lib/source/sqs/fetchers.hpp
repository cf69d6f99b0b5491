// Long polls, as many at once as pay: each full answer adds a fetcher, each empty one removes one.
#pragma once

#include "core/backoff.hpp"
#include "core/clock.hpp"
#include "core/condition.hpp"
#include "core/random.hpp"
#include "core/reminder.hpp"
#include "core/task_group.hpp"
#include "source/sqs/counters.hpp"
#include "source/sqs/custodian.hpp"
#include "source/sqs/fetch_pacer.hpp"
#include "source/sqs/lease_keeper.hpp"
#include "source/sqs/queue.hpp"
#include "source/sqs/receive_attempt.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sluice::sqs {

// What the operator must know of the queue: told once when it begins and once when it ends.
struct queue_trouble
{
    failure why;
    std::string text;
};

class fetchers
{
public:
    struct options
    {
        fetch_pacer::bounds range;
        receive_options receive;
        std::chrono::seconds visibility{30};
        bool fifo = false; // then each receive has a name
    };

    fetchers(asio::any_io_executor executor, clock& time, random_source& random, queue& from,
             custodian& owner, lease_keeper& leases, counters& count, options how);

    // Polls until stopped, and ends when the last poll has ended.
    awaitable<void> run();

    // Begins no poll any more. Running ones go on: SQS may be handing out messages to them.
    void stop();
    // Ends the running polls; after stop.
    void abandon_polls();
    // Those who pause after an error poll again now; the pauses grow anew.
    void look_now();

    // Whether every fetcher has seen an empty long poll since the last message came.
    [[nodiscard]] bool saw_nothing() const noexcept;

    [[nodiscard]] const std::optional<queue_trouble>& trouble() const noexcept { return trouble_; }
    // When SQS answered a poll last, be it with nothing; the epoch of the clock before the first.
    [[nodiscard]] steady_time answered_at() const noexcept { return answered_at_; }
    // Called when a trouble begins, changes or ends.
    void on_trouble(std::function<void()> tell) { on_trouble_ = std::move(tell); }

private:
    awaitable<void> fetch();
    awaitable<bool> poll(receive_attempt& attempt);
    void received(std::unique_ptr<delivery> full, steady_time first_byte);
    void count_poll(poll_result what, std::uint64_t began_in_epoch);
    steady_clock::duration failed(const queue_error& error, receive_attempt& attempt);
    void recovered();
    void hire();

    asio::any_io_executor executor_;
    clock& clock_;
    random_source& random_;
    queue& from_;
    custodian& owner_;
    lease_keeper& leases_;
    counters& count_;
    options options_;
    fetch_pacer pacer_;
    backoff backoff_;
    std::optional<queue_trouble> trouble_;
    reminder reminder_; // of it

    // Counts the polls that brought something: an empty poll says something only of its own epoch.
    std::uint64_t epoch_ = 0;
    std::size_t empty_in_epoch_ = 0;

    std::size_t running_ = 0;
    bool stopping_ = false;
    condition rest_;            // of those who pause after an error
    steady_time rest_until_{};  // all of them
    steady_time answered_at_{}; // the last poll that SQS answered well
    std::function<void()> on_trouble_ = [] {};
    task_group group_;
};

} // namespace sluice::sqs
