// Where a service is: AWS's own rules, and the ways to overrule them.
#pragma once

#include "aws/environment.hpp"
#include "aws/shared_config.hpp"

namespace sluice::aws {

struct endpoint_wish
{
    std::string service; // "sqs"
    std::string region;  // may be empty if there is a custom endpoint
    std::optional<std::string> custom{};
    bool fips = false;
    bool dual_stack = false;
};

// The URL to connect to. Throws settings_error.
[[nodiscard]] std::string resolve_endpoint(const endpoint_wish& wish);

// The endpoint that environment or profile give: AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL, the
// profile's services section, the profile; unless they say to ignore them all.
[[nodiscard]] std::optional<std::string> configured_endpoint(std::string_view service,
                                                             const environment& variables,
                                                             const shared_config& config);

// Both together, with AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT. `own` is the endpoint
// of our own configuration, which goes before all others; it may be empty.
[[nodiscard]] std::string find_endpoint(std::string_view service, const std::string& region,
                                        const std::string& own, const environment& variables,
                                        const shared_config& config);

} // namespace sluice::aws
