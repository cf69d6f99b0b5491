// Keys that stand in the environment or in the shared files.
#pragma once

#include "aws/credentials.hpp"
#include "aws/environment.hpp"
#include "aws/profile_file.hpp"

namespace sluice::aws {

// Of the environment, if it has any. Throws settings_error for a key without a secret.
[[nodiscard]] std::optional<credentials> environment_credentials(const environment& variables);

// The keys of the profile of that name, if it has any. Throws settings_error for half of them.
[[nodiscard]] std::optional<credentials> profile_credentials(const profile_section& profile,
                                                             const std::string& name);

} // namespace sluice::aws
