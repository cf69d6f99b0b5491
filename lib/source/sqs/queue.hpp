// The queue port: the operations of SQS that the pipeline needs. The daemon's is `client`, over
// HTTPS; the simulation has its own.
#pragma once

#include "core/asio.hpp"
#include "core/delivery.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::sqs {

using std::chrono::seconds;

// Why a call failed, after the retries of the client.
enum class failure : std::uint8_t
{
    transient,   // network, 5xx, a malformed answer: try again
    throttled,   // too many requests: try again later, and less
    forbidden,   // credentials, rights, keys: a person must act
    no_queue,    // the queue does not exist: a person must act
    bad_request, // our own fault or the server's: sending the same again cannot help
    abandoned,   // we gave it up ourselves: no room for the answer
};

[[nodiscard]] std::string_view to_string(failure why) noexcept;

class queue_error : public std::runtime_error
{
public:
    queue_error(failure why, const std::string& text) : std::runtime_error(text), why_(why) {}
    [[nodiscard]] failure why() const noexcept { return why_; }

private:
    failure why_;
};

struct receive_options
{
    seconds wait{20};
    std::optional<seconds> visibility; // nothing: the queue's own
    bool message_attributes = false;   // ask for MessageAttributes
    std::string attempt{};             // of a FIFO queue, see receive_attempt; empty: none
};

// Asked for room between the head of a response, which tells its length, and its body. False: the
// poll is given up.
class response_room
{
public:
    virtual ~response_room() = default;
    virtual awaitable<bool> make_room(std::size_t body_bytes) = 0;
};

// What became of the entries of a batch call, in the order of the call.
enum class entry_result : std::uint8_t
{
    done,
    retry, // failed, and not by our fault, or not answered at all
    dead,  // the handle is of no use: expired, deleted, or never known
};
using batch_result = std::vector<entry_result>;

// How the queue keeps messages at rest.
enum class encryption : std::uint8_t
{
    unknown, // the server does not tell: an emulator
    none,
    managed, // by keys of SQS itself
    by_key,  // by a key of KMS, to which the receiver needs a right of its own
};

struct queue_attributes
{
    seconds visibility_timeout{30};
    seconds retention{345600};
    std::optional<std::uint32_t> max_receive_count; // of the redrive policy
    std::uint64_t visible = 0;                      // approximate, as are the next two
    std::uint64_t not_visible = 0;
    std::uint64_t delayed = 0;
    bool fifo = false;
    encryption at_rest = encryption::unknown;
};

// Every call throws queue_error, or system_error(operation_aborted) when it is cancelled.
class queue
{
public:
    queue() = default;
    queue(const queue&) = delete;
    queue& operator=(const queue&) = delete;
    virtual ~queue() = default;

    // One long poll. Fills buffer, messages, count (0: nothing came) and received_at, and returns
    // when the first byte of the response came: the leases began before it.
    virtual awaitable<steady_time> receive(const receive_options& options, response_room& room,
                                           delivery& into) = 0;

    // One DeleteMessageBatch; one to ten receipts.
    virtual awaitable<batch_result> remove(std::span<const receipt> receipts) = 0;

    // One ChangeMessageVisibilityBatch; one to ten receipts. 0 gives them back at once.
    virtual awaitable<batch_result> change_visibility(std::span<const receipt> receipts,
                                                      seconds timeout) = 0;

    virtual awaitable<queue_attributes> attributes() = 0;
};

} // namespace sluice::sqs
