#include "source/sqs/request_counters.hpp"

namespace sluice::sqs {

std::string_view to_string(operation which) noexcept
{
    switch (which) {
    case operation::receive_message:
        return "ReceiveMessage";
    case operation::delete_message_batch:
        return "DeleteMessageBatch";
    case operation::change_message_visibility_batch:
        return "ChangeMessageVisibilityBatch";
    case operation::send_message_batch:
        return "SendMessageBatch";
    case operation::get_queue_attributes:
        return "GetQueueAttributes";
    case operation::get_queue_url:
        break;
    }
    return "GetQueueUrl";
}

std::string_view to_string(request_outcome what) noexcept
{
    switch (what) {
    case request_outcome::ok:
        return "ok";
    case request_outcome::transient:
        return "transient";
    case request_outcome::throttled:
        return "throttled";
    case request_outcome::forbidden:
        return "forbidden";
    case request_outcome::no_queue:
        return "no_queue";
    case request_outcome::bad_request:
        return "bad_request";
    case request_outcome::cancelled:
        break;
    }
    return "cancelled";
}

} // namespace sluice::sqs
