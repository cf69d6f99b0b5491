// Why the server refuses a request: the error vocabulary of SQS, as its JSON protocol spells it.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::sqs_server {

enum class errc : std::uint8_t
{
    queue_does_not_exist = 1,
    receipt_handle_is_invalid,    // no handle of this queue
    invalid_parameter_value,      // also a handle that has expired
    missing_parameter,            // a required member is absent or empty
    invalid_message_contents,     // a character that XML 1.0 cannot hold
    invalid_attribute_name,       // no such queue attribute for this kind of queue
    invalid_attribute_value,      // a queue attribute out of range
    empty_batch_request,          // a batch without entries
    too_many_entries_in_batch,    // more than ten
    batch_entry_ids_not_distinct, // an id stands twice
    invalid_batch_entry_id,       // an id that is empty, too long or of other characters
    batch_request_too_long,       // all bodies together are too long
    over_limit,                   // too many messages in flight for a short poll
    purge_queue_in_progress,      // one purge a minute
    queue_deleted_recently,       // a name rests a minute after its queue was deleted
    queue_name_exists,            // the queue exists with other attributes
    unsupported_operation,        // what this kind of queue does not do
    resource_not_found,           // a queue or task named by its ARN or handle
    request_throttled,            // by injected fault only
    slow_down,                    // by injected fault only
    internal_error,               // by injected fault, or a bug of the server
    serialization,                // the body is not the JSON that the operation takes
    unknown_operation,            // no such X-Amz-Target
    missing_authentication_token, // unsigned
    incomplete_signature,         // an Authorization header that lacks a part
    invalid_signature,            // the signature does not fit the request
    unrecognized_client,          // an access key that the server does not know
    access_denied,                // an operation that the server was told to deny
};

struct error_form
{
    std::string_view type;        // `__type`, with its prefix
    std::string_view legacy_code; // of x-amzn-query-error, and of batch entries
    unsigned status;              // HTTP
    bool sender_fault;            // the caller must change the request; false: try again
};

[[nodiscard]] const error_form& form_of(errc code) noexcept;

// Ends the request, or the entry of a batch, that it is thrown in.
class refusal final : public std::exception
{
public:
    refusal(errc code, std::string message) : code_(code), message_(std::move(message)) {}

    [[nodiscard]] errc code() const noexcept { return code_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

private:
    errc code_;
    std::string message_;
};

// "Value V for parameter P is invalid. Reason: R", the text of InvalidParameterValue.
[[nodiscard]] refusal invalid_value(std::string_view value, std::string_view parameter,
                                    std::string_view reason);

} // namespace sluice::sqs_server
