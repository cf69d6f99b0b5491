// Finds the credentials that the environment and the shared files give.
#pragma once

#include "aws/credentials.hpp"
#include "aws/environment.hpp"
#include "aws/shared_config.hpp"

namespace sluice::aws {

// Of the environment, if it has any. Throws settings_error for a key without a secret.
[[nodiscard]] std::optional<credentials> environment_credentials(const environment& variables);

// The keys of the profile, if it has any. Throws settings_error for half of them.
[[nodiscard]] std::optional<credentials> profile_credentials(const shared_config& config);

// Environment first, then the profile. Throws settings_error if there is nothing that can be used,
// saying what was looked at; and for what is not supported yet, rather than to pass it over.
[[nodiscard]] std::unique_ptr<credentials_provider> find_credentials(const environment& variables,
                                                                     const shared_config& config);

} // namespace sluice::aws
