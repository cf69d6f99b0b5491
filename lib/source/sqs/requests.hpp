// Renders the JSON bodies of requests. Receipt handles are inserted as they came.
#pragma once

#include "core/delivery.hpp"
#include "source/sqs/queue.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sluice::sqs {

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
    // One to ten bodies, sent as they are.
    void send(std::span<const std::string_view> bodies, std::string& out) const;

private:
    std::string head_; // {"QueueUrl":"..."
};

} // namespace sluice::sqs
