// One queue: a machine that performs no I/O and reads no clock. Every call brings the time with
// it, all chance comes from one seeded source, so that equal calls give equal histories. No call
// costs more than logarithmic time, however deep the queue.
#pragma once

#include "sqs_server/model/delivery_order.hpp"
#include "sqs_server/model/digest.hpp"
#include "sqs_server/model/event.hpp"
#include "sqs_server/model/memory.hpp"
#include "sqs_server/model/message_store.hpp"
#include "sqs_server/model/settings.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sqs_server {

// At most so many messages are in flight; a FIFO queue also looks no deeper for groups.
inline constexpr std::size_t in_flight_max = 120'000;
inline constexpr std::chrono::hours held_max{12};      // from receive to the end of the last lease
inline constexpr std::chrono::seconds purge_pause{60}; // between two purges of one queue

// How the queue uses the freedom that SQS has.
struct queue_behaviour
{
    bool random_order = false; // standard queues: any visible message, instead of the oldest
    double duplicates = 0;     // the share of messages that are delivered twice
    std::chrono::milliseconds duplicate_delay_max{1000};
};

struct queue_identity
{
    std::string name;
    std::string arn;
    std::uint32_t number = 0; // stands in its handles
};

struct new_message
{
    std::string text;      // see message_load::text
    std::string_view body; // what content-based deduplication hashes; read during the call
    std::uint32_t size_bytes = 0;
    std::optional<seconds> delay; // none: the queue's own
    std::unique_ptr<message_details> details;
};

struct sent_message
{
    message_id id;
    std::uint64_t number = 0; // on FIFO queues, see sequence_number
};

struct receive_options
{
    std::size_t messages_max = 1;
    std::optional<seconds> visibility; // none: the queue's own
    bool long_poll = false;
    std::string attempt_id; // ReceiveRequestAttemptId
};

struct received_message
{
    const message* what; // valid until the next call that changes the queue
    receipt by;
};

struct message_counts
{
    std::size_t visible = 0;
    std::size_t in_flight = 0;
    std::size_t delayed = 0;
};

class queue
{
public:
    queue(queue_identity identity, queue_settings settings, queue_behaviour behaviour,
          random_source& random, observer& watcher, wall_time now);
    queue(const queue&) = delete;
    queue& operator=(const queue&) = delete;
    ~queue() = default;

    [[nodiscard]] const std::string& name() const noexcept { return identity_.name; }
    [[nodiscard]] const std::string& arn() const noexcept { return identity_.arn; }
    [[nodiscard]] const queue_settings& settings() const noexcept { return settings_; }
    [[nodiscard]] wall_time created_at() const noexcept { return created_at_; }
    [[nodiscard]] wall_time modified_at() const noexcept { return modified_at_; }
    [[nodiscard]] message_counts counts() const noexcept;
    [[nodiscard]] std::uint64_t total(event_kind kind) const noexcept
    {
        return totals_[static_cast<std::size_t>(kind)];
    }
    // When the next delay or visibility timeout ends.
    [[nodiscard]] std::optional<wall_time> next_visible() const noexcept;

    void set(queue_settings settings, wall_time now);

    // Makes visible what is due and drops what is too old. Every call below begins with it.
    void advance(wall_time now);

    sent_message send(new_message given, wall_time now);

    // Appends what it hands out. A message received too often goes to `dead_letters` instead, if
    // the queue has a redrive policy.
    void receive(const receive_options& options, queue* dead_letters, wall_time now,
                 std::vector<received_message>& out);

    void remove(const receipt& by, wall_time now);
    void change_visibility(const receipt& by, seconds timeout, wall_time now);
    void purge(wall_time now);

    // Takes a message in from another queue: one that gave it up, or one that a task empties. Its
    // retention period began then; none: as the kind of the queue has it.
    void adopt(message_load load, wall_time now, std::optional<wall_time> kept_since = {});
    // Takes out the next visible message, for a move task; the caller says where it went.
    [[nodiscard]] std::optional<message_load> take_visible(wall_time now);

    void drop_all(wall_time now);

    // Counts an event of this queue and passes it on.
    void tell(const event& what);

private:
    struct answered_receive
    {
        std::vector<std::pair<receipt, wall_time>> handed_out; // and until when
    };

    void enter(message& what, message_state state, wall_time kept_since);
    void wait(message& what);
    void set_state(message& what, message_state to);
    void set_visible_at(message& what, wall_time when); // of one that waits
    message_load leave(message& what);
    receipt hand_out(message& what, seconds visibility, wall_time now);
    void redrive(message& what, queue& dead_letters, wall_time now);
    [[nodiscard]] bool repeat(const receive_options& options, seconds visibility, wall_time now,
                              std::vector<received_message>& out);
    [[nodiscard]] std::string deduplication_key(new_message& given);
    [[nodiscard]] receipt receipt_of(const message& what) const noexcept;
    [[nodiscard]] wall_time echo_time(wall_time now);
    [[nodiscard]] std::uint64_t last_scanned() const noexcept;
    void check(const receipt& by) const;
    void tell(event_kind kind, wall_time now, const message& what, const receipt& by = {});

    queue_identity identity_;
    queue_settings settings_;
    queue_behaviour behaviour_;
    random_source& random_;
    observer& watcher_;
    wall_time created_at_;
    wall_time modified_at_;
    std::optional<wall_time> purged_at_;

    message_store store_; // before the sets that thread through its messages
    std::array<std::size_t, message_state_count> counts_{};
    std::array<std::uint64_t, event_kind_count> totals_{};
    waiting_set waiting_; // the delayed and those in flight
    age_set by_age_;
    message* scan_end_ = nullptr; // FIFO: the last message within in_flight_max of the front
    std::unique_ptr<delivery_order> order_;

    digest sha256_{"SHA256"};
    short_memory<sent_message> sent_lately_;         // by deduplication id
    short_memory<answered_receive> answered_lately_; // by attempt id
};

} // namespace sluice::sqs_server
