// The operations of SQS that the server knows, by the name that X-Amz-Target carries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::sqs_server {

enum class operation : std::uint8_t
{
    cancel_message_move_task,
    change_message_visibility,
    change_message_visibility_batch,
    create_queue,
    delete_message,
    delete_message_batch,
    delete_queue,
    get_queue_attributes,
    get_queue_url,
    list_dead_letter_source_queues,
    list_message_move_tasks,
    list_queue_tags,
    list_queues,
    purge_queue,
    receive_message,
    send_message,
    send_message_batch,
    set_queue_attributes,
    start_message_move_task,
    tag_queue,
    untag_queue,
};

inline constexpr std::size_t operation_count = 21;

// "ReceiveMessage"
[[nodiscard]] std::string_view to_string(operation what) noexcept;
[[nodiscard]] std::optional<operation> operation_named(std::string_view name) noexcept;

// Whether it takes Entries, some of which may fail alone.
[[nodiscard]] bool is_batch(operation what) noexcept;

} // namespace sluice::sqs_server
