#include "aws/fault.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using aws::fault;

namespace {

fault classified(unsigned status, std::string type, std::string legacy_code = {})
{
    return aws::classify({.status = status,
                          .type = std::move(type),
                          .legacy_code = std::move(legacy_code),
                          .message = {},
                          .request_id = {}});
}

} // namespace

TEST_CASE("fault: every error that SQS is known to send has its class, by either code")
{
    struct row
    {
        unsigned status;
        const char* type;
        const char* legacy_code;
        fault what;
    };
    for (const row& each : {
             row{400, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
                 fault::no_queue},
             row{404, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", fault::stale_handle},
             row{400, "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
                 fault::stale_handle},
             row{400, "InvalidParameterValueException", "InvalidParameterValue",
                 fault::bad_request},
             row{400, "MissingRequiredParameterException", "MissingParameter", fault::bad_request},
             row{400, "TooManyEntriesInBatchRequest",
                 "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", fault::bad_request},
             row{400, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation",
                 fault::bad_request},
             row{403, "OverLimit", "OverLimit", fault::over_limit},
             row{403, "RequestThrottled", "RequestThrottled", fault::throttled},
             row{400, "ThrottlingException", "Throttling", fault::throttled},
             row{503, "SlowDown", "SlowDown", fault::throttled},
             row{400, "KmsThrottled", "KMS.ThrottlingException", fault::throttled},
             row{400, "KmsAccessDenied", "KMS.AccessDeniedException", fault::forbidden},
             row{403, "KmsOptInRequired", "KMS.OptInRequired", fault::forbidden},
             row{404, "InvalidAddress", "InvalidAddress", fault::no_queue},
             row{403, "InvalidSecurity", "InvalidSecurity", fault::forbidden},
             row{403, "ExpiredTokenException", "ExpiredToken", fault::credentials_refused},
             row{403, "UnrecognizedClientException", "InvalidClientTokenId",
                 fault::credentials_refused},
             row{403, "AccessDeniedException", "AccessDenied", fault::forbidden},
             row{403, "InvalidSignatureException", "SignatureDoesNotMatch", fault::forbidden},
             row{400, "IncompleteSignatureException", "IncompleteSignature", fault::forbidden},
             row{403, "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress",
                 fault::bad_request},
         }) {
        CAPTURE(each.type);
        CHECK(classified(each.status, each.type, each.legacy_code) == each.what);
        CHECK(classified(each.status, each.type) == each.what);
        CHECK(classified(each.status, std::to_string(each.status), each.legacy_code) == each.what);
    }
}

TEST_CASE("fault: without a known code the status decides, and 403 and 404 mean nothing")
{
    for (const unsigned status : {500U, 502U, 503U, 504U})
        CHECK(classified(status, "Whatever") == fault::transient);
    CHECK(classified(429, "429") == fault::throttled);
    for (const unsigned status : {400U, 403U, 404U, 413U, 499U})
        CHECK(classified(status, std::to_string(status)) == fault::bad_request);
    for (const unsigned status : {301U, 307U, 200U, 501U, 505U})
        CHECK(classified(status, std::to_string(status)) == fault::unexpected);
    CHECK(classified(400, "RequestTimeout") == fault::transient);
    CHECK(classified(403, "Throttlin") == fault::bad_request);
}

TEST_CASE("fault: only trouble that passes is worth another attempt")
{
    for (const fault what : {fault::transient, fault::throttled})
        CHECK(aws::is_retryable(what));
    for (const fault what :
         {fault::over_limit, fault::credentials_refused, fault::forbidden, fault::no_queue,
          fault::stale_handle, fault::bad_request, fault::unexpected})
        CHECK_FALSE(aws::is_retryable(what));
}

TEST_CASE("fault: a wrong clock may explain five errors and no other")
{
    const auto may_be = [](std::string type, std::string legacy_code = {}) {
        return aws::may_be_clock_skew({.status = 403,
                                       .type = std::move(type),
                                       .legacy_code = std::move(legacy_code),
                                       .message = {},
                                       .request_id = {}});
    };
    for (const char* const code :
         {"InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure",
          "RequestTimeTooSkewed", "AccessDeniedException"}) {
        CHECK(may_be(code));
        CHECK(may_be("403", code));
    }
    for (const char* const code : {"RequestExpired", "RequestInTheFuture", "OverLimit", ""})
        CHECK_FALSE(may_be(code));
}
