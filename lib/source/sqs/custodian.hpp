// What the source needs of the pipeline: room for what it receives, and somebody who takes it.
#pragma once

#include "core/asio.hpp"
#include "core/delivery.hpp"

#include <memory>

namespace sluice::sqs {

// Owns every delivery. All calls on the I/O thread.
class custodian
{
public:
    virtual ~custodian() = default;

    // Waits until a poll may begin: the pipeline receives, and the budget has room for the
    // response that is to be expected. Null when no poll will begin any more.
    virtual awaitable<std::unique_ptr<delivery>> admit() = 0;

    // Raises the charge of a delivery to a body of this many bytes; false when there was no room
    // until the deadline.
    virtual awaitable<bool> enlarge(delivery& of, std::size_t body_bytes, steady_time deadline) = 0;

    // Takes a delivery with messages.
    virtual void accept(std::unique_ptr<delivery> full) = 0;
    // Takes back one without.
    virtual void give_back(std::unique_ptr<delivery> empty) = 0;

    // A running call names messages of this delivery: keep it until as many unpins.
    virtual void pin(delivery& of) = 0;
    virtual void unpin(delivery& of) = 0;

    // A committed message was deleted, or its delete was given up.
    virtual void deleted(receipt which) = 0;
};

} // namespace sluice::sqs
