// Finds who we are to AWS, in the order of the SDKs: the first place that has anything decides, and
// when that fails it is an error, not a reason to be somebody else.
#pragma once

#include "aws/environment.hpp"
#include "aws/identity/plain_http.hpp"
#include "aws/shared_config.hpp"

namespace sluice::aws {

struct identity_wish
{
    std::string region;             // whose STS is asked
    std::string authorities_file{}; // whom https trusts; empty: those of the system
};

// 1. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
// 2. AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN: before the profile, since one that was left in
//    an image must not beat the role of the pod
// 3. the profile, whatever it has: a role, keys, a program
// 4. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI
// 5. the metadata of the instance
// Connects to nothing. Throws settings_error for what can never work, and if there is no place at
// all, saying which were looked at.
[[nodiscard]] std::unique_ptr<credentials_provider> find_credentials(const environment& variables,
                                                                     const shared_config& config,
                                                                     const identity_wish& wish,
                                                                     const identity_world& around);

} // namespace sluice::aws
