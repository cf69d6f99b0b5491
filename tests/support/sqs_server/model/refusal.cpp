#include "sqs_server/model/refusal.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace sluice::sqs_server {
namespace {

// In the order of errc. Types and statuses as SQS sends them; generic ones carry coral's prefix.
constexpr std::array forms = std::to_array<error_form>({
    {"com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400, true},
    {"com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404, true},
    {"com.amazonaws.sqs#InvalidParameterValueException", "InvalidParameterValue", 400, true},
    {"com.amazonaws.sqs#MissingRequiredParameterException", "MissingParameter", 400, true},
    {"com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents", 400, true},
    {"com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName", 400, true},
    {"com.amazonaws.sqs#InvalidAttributeValue", "InvalidAttributeValue", 400, true},
    {"com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400, true},
    {"com.amazonaws.sqs#TooManyEntriesInBatchRequest",
     "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400, true},
    {"com.amazonaws.sqs#BatchEntryIdsNotDistinct",
     "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400, true},
    {"com.amazonaws.sqs#InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400,
     true},
    {"com.amazonaws.sqs#BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400,
     true},
    {"com.amazonaws.sqs#OverLimit", "OverLimit", 403, true},
    {"com.amazonaws.sqs#PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403,
     true},
    {"com.amazonaws.sqs#QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400,
     true},
    {"com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists", 400, true},
    {"com.amazonaws.sqs#UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400,
     true},
    {"com.amazonaws.sqs#ResourceNotFoundException", "ResourceNotFoundException", 404, true},
    {"com.amazonaws.sqs#RequestThrottled", "RequestThrottled", 403, false},
    {"com.amazon.coral.service#SlowDown", "SlowDown", 503, false},
    {"com.amazon.coral.service#InternalFailure", "InternalFailure", 500, false},
    {"com.amazon.coral.service#SerializationException", "SerializationException", 400, true},
    {"com.amazon.coral.service#UnknownOperationException", "InvalidAction", 400, true},
    {"com.amazon.coral.service#MissingAuthenticationTokenException", "MissingAuthenticationToken",
     403, true},
    {"com.amazon.coral.service#IncompleteSignatureException", "IncompleteSignature", 400, true},
    {"com.amazon.coral.service#InvalidSignatureException", "SignatureDoesNotMatch", 403, true},
    {"com.amazon.coral.service#UnrecognizedClientException", "InvalidClientTokenId", 403, true},
    {"com.amazon.coral.service#AccessDeniedException", "AccessDenied", 403, true},
});
static_assert(forms.size() == static_cast<std::size_t>(errc::access_denied));

} // namespace

const error_form& form_of(errc code) noexcept
{
    return forms[static_cast<std::size_t>(code) - 1];
}

refusal invalid_value(std::string_view value, std::string_view parameter, std::string_view reason)
{
    return {
        errc::invalid_parameter_value,
        fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, parameter, reason)};
}

} // namespace sluice::sqs_server
