// Decides which committed messages are deleted in which call: full tens at once, the rest after a
// short linger. Performs no I/O and reads no clock.
#pragma once

#include "core/delivery.hpp"

#include <chrono>
#include <deque>
#include <vector>

namespace sluice::sqs {

class delete_queue
{
public:
    explicit delete_queue(std::chrono::milliseconds linger) noexcept : linger_(linger) {}

    void add(receipt which, steady_time now);

    // A delete that failed through no fault of ours; false when its lease will have ended by its
    // next attempt: it is given up, and the ledger will meet the message again.
    [[nodiscard]] bool retry(receipt which, steady_time now, steady_clock::duration pause);

    // One to ten receipts to delete now; empty when nothing is due.
    [[nodiscard]] std::vector<receipt> take(steady_time now);

    // When take will next return something if nothing is added; `never` when nothing waits.
    [[nodiscard]] steady_time next_due() const noexcept;

    // From now on nothing waits for company.
    void hurry() noexcept { hurried_ = true; }

    [[nodiscard]] std::size_t size() const noexcept { return waiting_.size() + retries_.size(); }

private:
    struct entry
    {
        receipt which;
        steady_time due;
    };

    [[nodiscard]] bool waited_enough(steady_time now) const noexcept;
    [[nodiscard]] bool retry_due(steady_time now) const noexcept;

    std::chrono::milliseconds linger_;
    std::deque<entry> waiting_; // in the order of their commits
    std::vector<entry> retries_;
    bool hurried_ = false;
};

} // namespace sluice::sqs
