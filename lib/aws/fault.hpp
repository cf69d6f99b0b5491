// What an error answer of an AWS service means for us.
#pragma once

#include "aws/error.hpp"

namespace sluice::aws {

// What to do about an error. Status codes 403 and 404 alone mean nothing: throttling is often 403.
enum class fault
{
    transient,           // the service is in trouble: try again soon
    throttled,           // too many requests: try again, later
    over_limit,          // too many messages in flight: receive less, no use to try again now
    credentials_refused, // expired or unknown: get others once, then it is `forbidden`
    forbidden,           // rights, keys, signature: a person must act
    no_queue,            // the queue does not exist there: a person must act
    stale_handle,        // the receipt handle is expired, deleted or foreign
    bad_request,         // our own fault: sending the same again cannot help
    unexpected,          // none of the above: a redirect, a proxy, another service
};

[[nodiscard]] fault classify(const service_error& error) noexcept;

// The faults that another attempt of the same call may cure.
[[nodiscard]] constexpr bool is_retryable(fault what) noexcept
{
    return what == fault::transient || what == fault::throttled;
}

// Whether a wrong clock of ours would explain the error, so that the Date of the answer is worth a
// look. Many of these errors have other reasons, too.
[[nodiscard]] bool may_be_clock_skew(const service_error& error) noexcept;

} // namespace sluice::aws
