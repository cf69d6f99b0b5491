// States that a run of many seeds must have reached, each at least once: a fault that never struck
// was never survived.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::simulation {

enum class occasion : std::uint8_t
{
    // The queue.
    long_poll_empty,
    delivered_again,        // a receive count above one
    delivered_after_delete, // SQS had forgotten its delete
    twice_in_a_batch,       // and collapsed into one row
    delivered_to_two,       // two daemons had one message at once
    delete_ignored,         // by an older handle: SQS says yes and keeps the message
    extension_ignored,      // the same for a lease
    extension_refused,      // the handle is dead
    entries_failed,         // some of a batch
    receive_reply_lost,     // SQS handed out to nobody
    delete_reply_lost,      // deleted, and not known to be
    batch_reply_silent,     // a reply that names no entry
    throttled,
    queue_unreachable,
    queue_denied,
    body_damaged,            // MD5OfBody does not fit
    poll_without_room,       // the budget had no room for the response
    rows_without_room,       // workers that begin nothing, since much is not stored yet
    redriven,                // to the queue's own dead-letter queue
                             // The database.
    unknown_and_applied,     // the connection was lost after the commit
    unknown_and_not_applied, // ... before it
    applied_alone,           // a backend committed after its client had gone
    ledger_duplicate,        // a fast batch that met the ledger
    careful_all_known,       // a careful batch without a single fresh message
    careful_some_known,
    waited_for_key, // two transactions with one message
    lock_timeout,   // 55P03
    conflict,       // 40001
    row_refused,    // the splitter's work
    row_refused_on_careful,
    row_refused_at_commit,
    one_row_left,    // the splitter found the row
    answer_too_late, // the daemon gave the connection up
    connect_refused,
    database_sick,
    deployment_wrong,
    database_read_only,
    database_crashed,
    failover,
    failover_forgot,        // what no standby had seen is gone
    standby_awaited,        // a commit hung for the standby
    standby_wait_cancelled, // committed here, not there
                            // The process.
    killed_with_work,       // messages in flight
    killed_after_commit,    // between a commit and its deletes
    stopped_in_set_up,
    stopped_while_database_is_down,
    drain_gave_up,  // an outcome stayed unknown at the end of a drain
    drain_released, // visible again at once
    stood_still,
    wall_clock_jumped,
    ended_by_itself,       // --once
    gate_closed_with_work, // messages held while nothing is received
    survived_long_outage,
    // Suspects.
    suspect_survived,   // transformed alone, and nothing happened
    killed_by_message,  // a message that kills whoever transforms it
    convicted,          // three deaths: stored unread
    history_stored,     // a row of a message that was received often elsewhere
    attempt_unknown,    // an attempt whose statement ran and was not answered
                        // The ledger.
    round_cut,          // a round of its keeper that stopped half-way
    day_dropped,        // a day that was too old
    entries_dropped,    // ... with entries
    day_missing,        // a batch for a day that is not there
    refused_after_days, // a duplicate that came as late as SQS can bring it
    too_old,            // below the floor: a dead letter
    stored_beside_bad,  // a row whose batch was refused for another one
                        // The brake, and what is held.
    brake_pulled,
    braked_again,              // after a restart, or after it was released
    brake_released,            // by an operator
    paused_with_work,          // by an operator, with messages in flight
    resumed,                   // after such a pause
    held_with_brake,           // extended meanwhile
    released_by_hold,          // held for max_hold, then given back
    released_unbegun,          // ... before any worker had room for it
    released_beside_extension, // of others of its delivery
                               // What befalls a queue.
    purged_in_work,            // a message that this daemon had
    queue_gone,                // deleted
    queue_recreated,           // and there again: old handles are foreign
    message_delayed,
    receive_blind,      // nothing found, though messages are there
    lease_capped,       // twelve hours are over: no extension any more
                        // Message groups, of a FIFO queue.
    group_together,     // several messages of a group in one delivery
    group_met_again,    // a group came while an earlier delivery of it was in work
    group_row_refused,  // a batch of one delivery, with several rows of one group
    group_head_damaged, // MD5OfBody does not fit, and others of the group stand behind
    group_with_suspect, // ... and one of them was received often
    receive_repeated,   // asked again by its name, and answered with the same messages
                        // How many daemons are wanted.
    scaled_out,         // more than one, for a backlog
    scaled_in,          // one again, when it is gone
    scale_kept,         // the backlog was there, and the database was what was stuck
};
inline constexpr std::size_t occasion_count = static_cast<std::size_t>(occasion::scale_kept) + 1;

[[nodiscard]] std::string_view to_string(occasion what) noexcept;

class occasions
{
public:
    void reach(occasion what) noexcept { ++counts_[static_cast<std::size_t>(what)]; }
    [[nodiscard]] std::uint64_t of(occasion what) const noexcept
    {
        return counts_[static_cast<std::size_t>(what)];
    }
    void add(const occasions& others) noexcept
    {
        for (std::size_t i = 0; i < occasion_count; ++i)
            counts_[i] += others.counts_[i];
    }

private:
    std::array<std::uint64_t, occasion_count> counts_{};
};

} // namespace sluice::simulation
