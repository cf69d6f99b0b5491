// Holds the queue against what a pipeline needs of it, before the first message. Nothing that is
// asked touches a message.
#pragma once

#include "core/check_result.hpp"
#include "source/sqs/client.hpp"

#include <chrono>
#include <optional>

namespace sluice::pipeline {

struct queue_needs
{
    std::optional<std::chrono::seconds> visibility; // nothing: the queue's own
    std::chrono::seconds statement_timeout;         // the longest that a batch may be written
    std::chrono::hours remembered;                  // how long the ledger knows a message
};

// Pure: what the attributes say.
[[nodiscard]] check_results check_attributes(const sqs::queue_attributes& of,
                                             const queue_needs& needs);

// Asks the queue for its attributes, and for each right. A queue that is not there or cannot be
// reached is one error.
awaitable<check_results> check_queue(sqs::client& queue, queue_needs needs);

} // namespace sluice::pipeline
