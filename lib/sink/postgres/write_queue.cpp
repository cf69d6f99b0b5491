#include "sink/postgres/write_queue.hpp"

#include "core/backoff.hpp"

#include <algorithm>

namespace sluice::postgres {
namespace {

using std::chrono::milliseconds;
using path = transform::row_batch::path;

// Beyond this the other transaction is not passing by: the lock belongs to something that stays.
constexpr unsigned conflicts_max = 5;
constexpr milliseconds conflict_pause_first{20};
constexpr milliseconds conflict_pause_longest{1000};

// What is refused stands back for a moment: others go first over the next connection.
constexpr milliseconds stand_back{100};
// So often a batch is refused as a whole before its parts are tried.
constexpr unsigned whole_refusals = 3;
constexpr milliseconds held_pause_first{1'000};
constexpr milliseconds held_pause_longest{30'000};
constexpr unsigned doublings_max = 5; // beyond held_pause_longest

bool has_key_below(const transform::row_batch& batch, const transform::ledger_key& floor)
{
    const auto is_below = [&floor](const auto& entry) { return entry.key < floor; };
    return std::any_of(batch.rows.begin(), batch.rows.end(), is_below) ||
           std::any_of(batch.letter_entries.begin(), batch.letter_entries.end(), is_below);
}

// The ledger has no partition for a key of the batch. Only the careful path tells whether that is
// because the message is too old, which is its own fault, or because a day is missing.
follow_up after_missing_partition(write_job& job, const commit_outcome& outcome)
{
    if (job.way != path::careful) {
        job.way = path::careful;
        return follow_up::again;
    }
    if (outcome.floor && has_key_below(*job.batch, *outcome.floor))
        return follow_up::isolate;
    return follow_up::await_repair;
}

} // namespace

follow_up write_queue::decide(write_job& job, const commit_outcome& outcome, steady_time now)
{
    job.not_before = now;
    if (std::exchange(job.is_retry, false))
        --retries_;
    switch (outcome.what) {
    case commit_outcome::kind::committed:
        ++commits_;
        return follow_up::settled;
    case commit_outcome::kind::unknown:
        // It may be committed, or be committing still: only the careful path is right for both.
        job.way = path::careful;
        return follow_up::reconnect;
    case commit_outcome::kind::refused:
        break;
    }
    const bool has_constraint = !outcome.error.constraint.empty();
    if (lacks_partition(outcome.error.sqlstate, has_constraint))
        return after_missing_partition(job, outcome);
    switch (judge(outcome.error, outcome.where)) {
    case verdict::duplicate:
        job.way = path::careful;
        return follow_up::again;
    case verdict::try_again: {
        if (++job.conflicts > conflicts_max)
            return follow_up::reconnect;
        const milliseconds bound =
            std::min(conflict_pause_first * (1U << job.conflicts), conflict_pause_longest);
        job.not_before = now + milliseconds(random_.below(bound.count() + 1));
        return follow_up::again;
    }
    case verdict::row_is_bad:
        // Without a row it is our own table that refuses: somebody changed it.
        return job.batch->rows.empty() ? follow_up::await_repair : follow_up::isolate;
    case verdict::database_is_sick:
        return after_refusal(job, follow_up::reconnect, outcome.where, now);
    case verdict::deployment_is_wrong:
        break;
    }
    return after_refusal(job, follow_up::await_repair, outcome.where, now);
}

// The SQLSTATE blames the world, and mostly rightly. But a trigger may stumble over one row by what
// looks alike (a statement that takes too long, SQL that it put together): while others are stored,
// or when it is refused again and again, the batch is taken apart, so that the row costs only
// itself. No letter is made of it: perhaps the world is to blame after all.
follow_up write_queue::after_refusal(write_job& job, follow_up usual, statement where,
                                     steady_time now) const
{
    if (!carries_rows(where))
        return usual;
    const bool others_are_stored = job.commits_seen && commits_ > *job.commits_seen;
    job.commits_seen = commits_;
    job.not_before = now + stand_back;
    const bool again_and_again = ++job.refusals >= whole_refusals;
    if (!others_are_stored && !again_and_again)
        return usual;
    if (job.batch->rows.size() > 1)
        return follow_up::isolate;
    if (!others_are_stored)
        return usual;
    const milliseconds pause = held_pause_first * (1U << std::min(job.held++, doublings_max));
    job.not_before = now + std::min(pause, held_pause_longest);
    return follow_up::set_aside;
}

void write_queue::put_back(write_job job)
{
    jobs_.push_back(std::move(job));
}

std::optional<write_job> write_queue::take(steady_time now)
{
    const auto due = std::find_if(jobs_.begin(), jobs_.end(),
                                  [now](const write_job& job) { return job.not_before <= now; });
    if (due == jobs_.end())
        return std::nullopt;
    write_job job = std::move(*due);
    jobs_.erase(due);
    job.is_retry = job.held != 0;
    retries_ += job.is_retry ? 1 : 0;
    return job;
}

steady_time write_queue::next_due() const noexcept
{
    steady_time due = never;
    for (const write_job& job : jobs_)
        due = std::min(due, job.not_before);
    return due;
}

bool write_queue::any_set_aside() const noexcept
{
    return retries_ > 0 ||
           std::ranges::any_of(jobs_, [](const write_job& job) { return job.held != 0; });
}

std::deque<write_job> write_queue::take_all() noexcept
{
    return std::exchange(jobs_, {});
}

} // namespace sluice::postgres
