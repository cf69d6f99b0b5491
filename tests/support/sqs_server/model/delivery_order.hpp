// Which message a receive takes next. One strategy a kind of queue; the queue tells it of every
// change, so that its answer never needs a search.
#pragma once

#include "sqs_server/model/message_index.hpp"
#include "sqs_server/model/random.hpp"

#include <memory>

namespace sluice::sqs_server {

class delivery_order
{
public:
    delivery_order() = default;
    delivery_order(const delivery_order&) = delete;
    delivery_order& operator=(const delivery_order&) = delete;
    virtual ~delivery_order() = default;

    // A message came to the queue, in the state that it has.
    virtual void entered(message& what) = 0;
    // A message of the queue has another state now.
    virtual void changed(message& what, message_state before) = 0;
    // A message leaves the queue, in the state that it has.
    virtual void leaving(message& what) = 0;

    // A receive begins.
    virtual void begin() {}
    // The message to take next, or none. `last` is the number of the last message that SQS looks
    // at. The caller changes the state of what it got, or removes it, before it asks again.
    [[nodiscard]] virtual message* next(std::uint64_t last) = 0;
};

// Standard queues: as sent, and fair to the tenants that MessageGroupId names.
[[nodiscard]] std::unique_ptr<delivery_order> make_sent_order();
// Standard queues: any visible message, drawn by `random`. Fairness is left to the draw.
[[nodiscard]] std::unique_ptr<delivery_order> make_random_order(random_source& random);
// FIFO queues: group by group, each from its head to its first message that is not visible.
[[nodiscard]] std::unique_ptr<delivery_order> make_fifo_order();

} // namespace sluice::sqs_server
