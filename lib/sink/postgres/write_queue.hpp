// Decides what follows from the outcome of a batch, and keeps the batches that must go again.
// Performs no I/O and reads no clock. One queue serves all connections of a pipeline, so that a
// batch whose connection was lost goes on another.
#pragma once

#include "core/random.hpp"
#include "core/time.hpp"
#include "sink/postgres/link.hpp"
#include "transform/row_batch.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace sluice::postgres {

struct write_job
{
    std::unique_ptr<transform::row_batch> batch;
    transform::row_batch::path way = transform::row_batch::path::fast;
    unsigned conflicts = 0; // how often it met another transaction
    unsigned refusals = 0;  // how often it was refused for what seemed no fault of a row
    unsigned held = 0;      // how often since it was set aside
    bool is_retry = false;  // set aside, and under way once more
    // Commits of the queue before it was refused last: more of them since mean that others are
    // stored.
    std::optional<std::uint64_t> commits_seen{};
    bool handed_over = false; // libpq had a byte of it: its messages may never be released
    steady_time not_before{}; // of its next attempt
    steady_time answer_due{}; // when its connection is given up, while it is under way
    // What goes only when this one is durable: it may hold later messages of a group.
    std::unique_ptr<write_job> then{};
};

enum class follow_up : std::uint8_t
{
    settled,      // durable: delete its messages
    again,        // put back; the connection is fine
    set_aside,    // the same, for one message that is refused while others are stored
    isolate,      // some of it is not stored, or is too old: find it, store the others
    reconnect,    // put back; connect anew after a growing pause
    await_repair, // put back; a person must act: look again every half minute
};

class write_queue
{
public:
    explicit write_queue(random_source& random) : random_(random) {}

    // What the outcome means for the job; sets the job's path and pause for its next attempt.
    [[nodiscard]] follow_up decide(write_job& job, const commit_outcome& outcome, steady_time now);

    void put_back(write_job job);

    // A job whose pause is over, oldest first.
    [[nodiscard]] std::optional<write_job> take(steady_time now);
    // When the next pause ends; `never` if nothing waits.
    [[nodiscard]] steady_time next_due() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return jobs_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return jobs_.size(); }

    // Whether there is a message that is refused while others are stored, waiting or under way.
    [[nodiscard]] bool any_set_aside() const noexcept;

    // Gives up everything that waits, at the end of a drain.
    [[nodiscard]] std::deque<write_job> take_all() noexcept;

private:
    [[nodiscard]] follow_up after_refusal(write_job& job, follow_up usual, statement where,
                                          steady_time now) const;

    random_source& random_;
    std::uint64_t commits_ = 0;
    std::size_t retries_ = 0; // under way, of those set aside
    std::deque<write_job> jobs_;
};

} // namespace sluice::postgres
