#include "aws/fault.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::aws {
namespace {

struct known_code
{
    std::string_view code;
    fault what;
};

// Modelled errors have one name in the type and another in the legacy code; services and emulators
// send the one, the other, or both. The prefix "AWS.SimpleQueueService." is cut off before.
constexpr std::array known_codes{
    known_code{"Throttling", fault::throttled},
    known_code{"ThrottlingException", fault::throttled},
    known_code{"ThrottledException", fault::throttled},
    known_code{"RequestThrottled", fault::throttled},
    known_code{"RequestThrottledException", fault::throttled},
    known_code{"TooManyRequestsException", fault::throttled},
    known_code{"RequestLimitExceeded", fault::throttled},
    known_code{"BandwidthLimitExceeded", fault::throttled},
    known_code{"LimitExceededException", fault::throttled},
    known_code{"ProvisionedThroughputExceededException", fault::throttled},
    known_code{"TransactionInProgressException", fault::throttled},
    known_code{"SlowDown", fault::throttled},
    known_code{"EC2ThrottledException", fault::throttled},
    known_code{"PriorRequestNotComplete", fault::throttled},
    known_code{"KmsThrottled", fault::throttled},
    known_code{"KMS.ThrottlingException", fault::throttled},

    known_code{"RequestTimeout", fault::transient},
    known_code{"RequestTimeoutException", fault::transient},
    known_code{"IDPCommunicationError", fault::transient},

    known_code{"OverLimit", fault::over_limit},

    known_code{"ExpiredToken", fault::credentials_refused},
    known_code{"ExpiredTokenException", fault::credentials_refused},
    known_code{"UnrecognizedClientException", fault::credentials_refused},
    known_code{"InvalidClientTokenId", fault::credentials_refused},

    known_code{"AccessDenied", fault::forbidden},
    known_code{"AccessDeniedException", fault::forbidden},
    known_code{"AuthFailure", fault::forbidden},
    known_code{"IncompleteSignature", fault::forbidden},
    known_code{"IncompleteSignatureException", fault::forbidden},
    known_code{"InvalidSecurity", fault::forbidden},
    known_code{"InvalidSignatureException", fault::forbidden},
    known_code{"MissingAuthenticationToken", fault::forbidden},
    known_code{"MissingAuthenticationTokenException", fault::forbidden},
    known_code{"OptInRequired", fault::forbidden},
    known_code{"RequestTimeTooSkewed", fault::forbidden},
    known_code{"SignatureDoesNotMatch", fault::forbidden},
    known_code{"KmsAccessDenied", fault::forbidden},
    known_code{"KmsDisabled", fault::forbidden},
    known_code{"KmsInvalidKeyUsage", fault::forbidden},
    known_code{"KmsInvalidState", fault::forbidden},
    known_code{"KmsNotFound", fault::forbidden},
    known_code{"KmsOptInRequired", fault::forbidden},
    known_code{"KMS.AccessDeniedException", fault::forbidden},
    known_code{"KMS.DisabledException", fault::forbidden},
    known_code{"KMS.InvalidKeyUsageException", fault::forbidden},
    known_code{"KMS.InvalidStateException", fault::forbidden},
    known_code{"KMS.NotFoundException", fault::forbidden},
    known_code{"KMS.OptInRequired", fault::forbidden},

    known_code{"QueueDoesNotExist", fault::no_queue},
    known_code{"NonExistentQueue", fault::no_queue},
    known_code{"QueueDeletedRecently", fault::no_queue},
    known_code{"InvalidAddress", fault::no_queue}, // the queue URL belongs to another endpoint

    known_code{"ReceiptHandleIsInvalid", fault::stale_handle},
    known_code{"MessageNotInflight", fault::stale_handle},
};

constexpr std::array<std::string_view, 5> skew_codes{
    "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "RequestTimeTooSkewed",
    "AccessDeniedException"};

std::optional<fault> find_code(std::string_view code) noexcept
{
    constexpr std::string_view prefix = "AWS.SimpleQueueService.";
    if (code.starts_with(prefix))
        code.remove_prefix(prefix.size());
    const auto found = std::ranges::find(known_codes, code, &known_code::code);
    if (found == known_codes.end())
        return std::nullopt;
    return found->what;
}

fault classify_status(unsigned status) noexcept
{
    if (status == 429)
        return fault::throttled;
    if (status == 500 || status == 502 || status == 503 || status == 504)
        return fault::transient;
    if (status >= 400 && status < 500)
        return fault::bad_request;
    return fault::unexpected;
}

} // namespace

fault classify(const service_error& error) noexcept
{
    for (const std::string_view code :
         {std::string_view(error.type), std::string_view(error.legacy_code)})
        if (const auto known = find_code(code))
            return *known;
    return classify_status(error.status);
}

bool may_be_clock_skew(const service_error& error) noexcept
{
    const auto is_one = [](std::string_view code) {
        return std::ranges::find(skew_codes, code) != skew_codes.end();
    };
    return is_one(error.type) || is_one(error.legacy_code);
}

} // namespace sluice::aws
