// One message on a queue: what its sender gave, and where it stands.
#pragma once

#include "core/time.hpp"
#include "sqs_server/model/identifiers.hpp"

#include <boost/intrusive/list_hook.hpp>
#include <boost/intrusive/set_hook.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::sqs_server {

struct message_attribute
{
    std::string name;
    std::string type;  // DataType, with its label
    std::string value; // Binary: the bytes themselves

    [[nodiscard]] bool is_binary() const noexcept { return type.starts_with("Binary"); }
};

// What only some messages have.
struct message_details
{
    std::vector<message_attribute> attributes; // sorted by name
    std::string attributes_md5;                // of all of them
    std::string trace_header;                  // AWSTraceHeader
    std::string group_id;
    std::string deduplication_id;
    std::string source_arn; // DeadLetterQueueSourceArn: the queue that gave the message up
};

enum class message_state : std::uint8_t
{
    delayed,   // sent with a delay that has not passed
    visible,   // a receive may take it
    in_flight, // received, its visibility timeout runs
};

inline constexpr std::size_t message_state_count = 3;

// The extra delivery that a message may owe, as SQS may deliver twice.
enum class echo : std::uint8_t
{
    none,  // it owes none
    early, // it comes back while its first receive still holds it
    late,  // it comes back after its delete
};

// What a message takes with it from queue to queue.
struct message_load
{
    message_id id;
    std::string text; // the members MD5OfBody and Body, escaped once for every response
    std::unique_ptr<message_details> details; // none on a plain message
    wall_time sent_at{};
    wall_time first_received_at{};
    std::uint32_t size_bytes = 0;    // body and attributes
    std::uint32_t receive_count = 0; // over all queues that it was on
};

struct message_group;

struct message : message_load
{
    message_state state = message_state::visible;
    echo owes = echo::none;
    bool deleted = false;       // deleted, yet it will come once more
    std::uint32_t slot = 0;     // where it lies
    std::uint32_t position = 0; // among the visible ones of a queue in random order
    std::uint64_t number = 0;   // its place in the order of arrival; 0: no message lies here
    wall_time received_at{};
    wall_time visible_at{}; // when the delay or the visibility timeout ends
    wall_time kept_since{}; // the retention period began
    message_group* group = nullptr;

    // A message is visible or waits, never both: one hook serves both sets.
    using set_hook = boost::intrusive::set_member_hook<boost::intrusive::optimize_size<true>>;
    set_hook place_hook;
    set_hook age_hook;
    boost::intrusive::list_member_hook<> group_hook;

    [[nodiscard]] const std::string& group_id() const noexcept
    {
        static const std::string none;
        return details ? details->group_id : none;
    }
};

} // namespace sluice::sqs_server
