// SQS itself: the queue port over HTTPS, in the AWS JSON 1.0 protocol (Amazon SQS API reference,
// "Making Query API requests using AWS JSON protocol").
#pragma once

#include "core/shelf.hpp"
#include "source/sqs/caller.hpp"
#include "source/sqs/queue.hpp"
#include "source/sqs/replies.hpp"
#include "source/sqs/requests.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sluice::sqs {

// A long poll occupies its connection for up to 20 s: deletes and extensions have their own.
struct client_connections
{
    net::http_client& polls;
    net::http_client& calls;
};

// One queue. Belongs to the executor of its HTTP clients; must outlive its calls. Calls may run
// side by side.
class client final : public queue
{
public:
    client(clock& time, caller& service, client_connections connections,
           std::string_view queue_url);

    awaitable<steady_time> receive(const receive_options& options, response_room& room,
                                   delivery& into) override;
    awaitable<batch_result> remove(std::span<const receipt> receipts) override;
    awaitable<batch_result> change_visibility(std::span<const receipt> receipts,
                                              seconds timeout) override;
    awaitable<queue_attributes> attributes() override;

    // One SendMessageBatch: one to ten messages, together at most send_bytes_max. A send that
    // failed on the way may have arrived: sent again, it is another message, unless a FIFO queue
    // knows its deduplication id from the last five minutes.
    awaitable<batch_reply> send(std::span<const outgoing> messages);

    // Asks for no message at all, which SQS refuses: as forbidden to who may not receive, and
    // otherwise as a bad request. So the right shows, and no message counts as received.
    awaitable<void> ask_for_nothing();

    // The URL of a queue of this account and region.
    awaitable<std::string> find_queue(std::string_view name);

private:
    awaitable<std::string> call(operation what, std::string_view body);
    awaitable<batch_result> batch_call(operation what, std::string_view body, std::size_t entries);
    awaitable<void> read_messages(net::exchange& with, response_room& room, delivery& into);

    clock& clock_;
    caller& service_;
    client_connections connections_;
    request_renderer requests_;
    shelf<std::string> bodies_;
};

// The limit of a message, and of all messages of one batch together (Amazon SQS, message quotas).
inline constexpr std::size_t send_bytes_max = std::size_t{1} << 20;

} // namespace sluice::sqs
