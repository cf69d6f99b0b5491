// ReceiveMessage in two steps, so that a poll can wait between them.
#pragma once

#include "sqs_server/protocol/attributes.hpp"
#include "sqs_server/protocol/call.hpp"
#include "sqs_server/protocol/context.hpp"

#include <string>

namespace sluice::sqs_server {

// The system attributes that a receive asks for, each a bit.
enum system_attribute : std::uint32_t
{
    sender_id_bit = 1,
    sent_timestamp_bit = 2,
    receive_count_bit = 4,
    first_receive_timestamp_bit = 8,
    sequence_number_bit = 16,
    deduplication_id_bit = 32,
    group_id_bit = 64,
    trace_header_bit = 128,
    source_arn_bit = 256,
    all_bits = 511, // All
};

// A receive as it was asked for. Refers to nothing of the request, which may be gone when it ends.
struct receive_call
{
    std::string queue_name; // not a reference: the queue may be deleted while the poll waits
    receive_options options;
    seconds wait{0};
    std::uint32_t system_attributes = 0;
    attribute_filter attributes;
};

// Throws refusal.
[[nodiscard]] receive_call read_receive(context& with, std::string_view body);

// Receives what is there now and appends the answer's body. False, and nothing appended, if there
// is nothing. Throws refusal.
[[nodiscard]] bool try_receive(context& with, const receive_call& what, wall_time now,
                               const call_faults& faults, byte_buffer& out);

} // namespace sluice::sqs_server
