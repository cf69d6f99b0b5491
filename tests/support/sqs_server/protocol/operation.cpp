#include "sqs_server/protocol/operation.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::sqs_server {
namespace {

// In the order of the enumerators, which is that of the alphabet.
constexpr std::array<std::string_view, operation_count> names = {
    "CancelMessageMoveTask",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "CreateQueue",
    "DeleteMessage",
    "DeleteMessageBatch",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
};
static_assert(std::ranges::is_sorted(names));

} // namespace

std::string_view to_string(operation what) noexcept
{
    return names[static_cast<std::size_t>(what)];
}

std::optional<operation> operation_named(std::string_view name) noexcept
{
    const auto it = std::ranges::lower_bound(names, name);
    if (it == names.end() || *it != name)
        return std::nullopt;
    return static_cast<operation>(it - names.begin());
}

bool is_batch(operation what) noexcept
{
    return what == operation::change_message_visibility_batch ||
           what == operation::delete_message_batch || what == operation::send_message_batch;
}

} // namespace sluice::sqs_server
