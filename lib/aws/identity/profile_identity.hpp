// Who a profile of the shared files says that we are.
#pragma once

#include "aws/identity/identity_parts.hpp"

namespace sluice::aws {

// Nothing if the chosen profile says nothing about it. Throws settings_error for what is incomplete
// or leads in a circle.
[[nodiscard]] std::unique_ptr<credentials_provider>
find_profile_identity(const identity_parts& parts);

} // namespace sluice::aws
