// Tokens that somebody else keeps fresh in a file: read again each time.
#pragma once

#include "core/secret.hpp"

#include <string>

namespace sluice::aws {

// Without the line break at its end. Throws credentials_error for a file that cannot be read, and
// for a token that would break a header.
[[nodiscard]] secret read_token_file(const std::string& path);

} // namespace sluice::aws
