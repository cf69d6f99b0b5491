// Renders the JSON bodies of requests. Receipt handles are inserted as they came.
#pragma once

#include "core/delivery.hpp"
#include "source/sqs/queue.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sluice::sqs {

// A message to be sent. Empty ids are not sent.
struct outgoing
{
    std::string_view body;
    std::string_view group_id = {};         // every message of a FIFO queue has one
    std::string_view deduplication_id = {}; // of a FIFO queue; else it takes a digest of the body
};

// The unchanging parts of every request of one queue.
class request_renderer
{
public:
    explicit request_renderer(std::string_view queue_url);

    [[nodiscard]] std::string receive(const receive_options& options) const;
    // A receive of no messages, which a server refuses without looking for any.
    [[nodiscard]] std::string receive_nothing() const;
    // Written over `out`, which keeps its memory. Entry ids are indices: a MessageId may occur
    // twice in one call, an entry id may not.
    void remove(std::span<const receipt> receipts, std::string& out) const;
    void change_visibility(std::span<const receipt> receipts, seconds timeout,
                           std::string& out) const;
    [[nodiscard]] std::string attributes() const;
    // One to ten messages, their bodies sent as they are.
    void send(std::span<const outgoing> messages, std::string& out) const;

private:
    std::string head_; // {"QueueUrl":"..."
};

} // namespace sluice::sqs
