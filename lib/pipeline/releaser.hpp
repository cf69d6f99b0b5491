// Gives messages back to the queue that no commit has confirmed: at the end of a drain, and when
// the database was sick for longer than a message may be held.
#pragma once

#include "pipeline/in_flight.hpp"
#include "pipeline/row_intake.hpp"
#include "sink/postgres/write_queue.hpp"
#include "source/sqs/lease_keeper.hpp"
#include "source/sqs/queue.hpp"

#include <string>
#include <vector>

namespace sluice::pipeline {

// How long a message that was received so often stays hidden when it is given back: the queue's
// timeout, doubled with each receive, so that an outage does not use up its receives.
[[nodiscard]] std::chrono::seconds release_visibility(std::chrono::seconds timeout,
                                                      std::uint32_t receive_count) noexcept;

class releaser
{
public:
    struct parts
    {
        clock& time;
        sqs::queue& queue;
        sqs::lease_keeper& leases;
        in_flight& held;
        rings& work;
        intake_gate& intake;
        row_intake& batches;
        postgres::write_queue& again;
    };

    releaser(std::string pipeline, std::chrono::seconds visibility, parts with)
        : name_(std::move(pipeline)), visibility_(visibility), with_(with)
    {}

    // At the end of a drain: what the database had no byte of is visible again at once. The rest
    // stays in work.
    awaitable<void> release_all();

    // While no connection works: lets go of every waiting batch whose oldest message is held for
    // longer than that. Returns how many messages.
    awaitable<std::size_t> release_overdue(std::chrono::milliseconds max_hold);

    // While a connection works: gives up the messages that it refuses, though it stores others, and
    // that are held for longer than that. Their leases run out. Returns how many.
    std::size_t give_up_set_aside(std::chrono::milliseconds max_hold);

private:
    struct hidden_for
    {
        std::chrono::seconds timeout;
        receipt which;
    };

    void take_receipts(const transform::row_batch& batch, std::vector<receipt>& into) const;
    [[nodiscard]] bool is_overdue(const receipt& one, std::chrono::milliseconds max_hold) const;
    [[nodiscard]] bool is_overdue(const transform::row_batch& batch,
                                  std::chrono::milliseconds max_hold) const;
    std::size_t let_go(postgres::write_job job, std::vector<hidden_for>& into);
    awaitable<void> release(std::vector<hidden_for> messages);

    std::string name_;
    std::chrono::seconds visibility_;
    parts with_;
};

} // namespace sluice::pipeline
