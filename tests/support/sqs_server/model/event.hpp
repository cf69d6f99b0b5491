// What happens on the queues, as it happens: for the journal, for waiting polls, for checkers.
#pragma once

#include "core/time.hpp"
#include "sqs_server/model/identifiers.hpp"

#include <cstdint>

namespace sluice::sqs_server {

class queue;

enum class event_kind : std::uint8_t
{
    sent,               // a message came to the queue
    deduplicated,       // a FIFO send that repeated an earlier one
    received,           // handed out
    repeated,           // handed out again to a repeated receive: same handle, not counted
    deleted,            // its consumer is done with it, though it may owe one more delivery
    delete_ignored,     // a delete by an older handle: granted, without effect
    visibility_changed, // its timeout runs until visible_at now
    visibility_ignored, // the same by a handle that no longer rules: granted, without effect
    redriven,           // moved to the dead-letter queue `target`
    moved,              // moved by a task; there it has another id
    expired,            // kept longer than the retention period
    purged,             // removed by PurgeQueue or DeleteQueue
};

inline constexpr std::size_t event_kind_count = 12;

struct event
{
    event_kind kind;
    wall_time at;
    const queue* where;
    message_id id;
    receipt by{};           // the handle that was given or used; its receive is 0 if none was
    wall_time visible_at{}; // of received, repeated and visibility_changed
    const queue* target = nullptr;
    message_id target_id{}; // of moved: its id there
};

class observer
{
public:
    observer() = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;
    virtual ~observer() = default;

    virtual void happened(const event&) {}
    // A receive may find a message that was not there before, or next_visible() comes sooner.
    virtual void deliverable(const queue&) {}
};

} // namespace sluice::sqs_server
