// What flows through the pipeline: a delivery is one receive response, up to ten messages in the
// buffer that they arrived in; a receipt names one of them.
#pragma once

#include "core/byte_buffer.hpp"
#include "core/time.hpp"

#include <boost/intrusive/list_hook.hpp>

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

namespace sluice {

// ReceiveMessage hands out ten messages at most, and every batch operation takes ten.
inline constexpr std::size_t messages_per_call = 10;

// One message. The views point into the buffer of its delivery.
struct message
{
    std::string_view id;             // MessageId
    std::string_view receipt_handle; // as it stood in the JSON: it goes back unchanged
    std::string_view body_token;     // Body as it stood: still escaped, without its quotes
    std::string_view body;           // Body, opened in place by the transform worker
    std::string_view body_md5;       // MD5OfBody, empty if the server gave none
    std::string_view group_id;       // MessageGroupId as it stood, still escaped; empty if none
    std::string_view attributes;     // MessageAttributes, the JSON object as it stood; may be empty
    std::string_view attributes_md5; // MD5OfMessageAttributes, empty if the server gave none
    wall_time sent_at{};             // SentTimestamp
    std::uint32_t receive_count = 0; // ApproximateReceiveCount: a hint, never proof
};

// Where a message stands between its receive and its delete. Belongs to the I/O thread.
enum class custody : std::uint8_t
{
    in_work,   // not yet committed: its lease is kept
    committed, // its row or dead letter is durable; a delete is due
    ended,     // deleted, released or given up: the handle is dead to us
};

// Leaves its list by itself when it dies or is put into another.
using delivery_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// One receive response. The I/O thread owns it from the receive to the end of its last message;
// between the intake ring and the row ring a transform worker reads `messages` and opens the
// bodies in place, and touches nothing else.
struct delivery : delivery_hook
{
    byte_buffer buffer; // the response body, with padding for the JSON parser behind it
    std::array<message, messages_per_call> messages;
    std::size_t count = 0;
    wall_time received_at{};
    steady_time first_lease_ends{}; // of the lease that the receive gave; extensions are not told

    // I/O thread only.
    std::array<custody, messages_per_call> state{};
    std::array<steady_time, messages_per_call> lease_ends{};
    std::bitset<messages_per_call>
        not_extended;              // not extended: its handle is dead, or it is let go
    steady_time extend_at{};       // its place in the lease schedule
    std::size_t open = 0;          // messages that have not ended
    unsigned pins = 0;             // running calls that still name its messages
    std::size_t charged_bytes = 0; // what the budget granted for it
    std::size_t charged_messages = 0;
    std::size_t place = 0; // where its owner keeps it
};

// Names one message of a delivery that is still owned by the I/O thread.
struct receipt
{
    delivery* from = nullptr;
    std::uint8_t index = 0;

    [[nodiscard]] message& operator*() const noexcept { return from->messages[index]; }
    [[nodiscard]] message* operator->() const noexcept { return &from->messages[index]; }
    [[nodiscard]] custody& state() const noexcept { return from->state[index]; }
    [[nodiscard]] steady_time& lease_ends() const noexcept { return from->lease_ends[index]; }

    friend bool operator==(const receipt&, const receipt&) = default;
};

} // namespace sluice
