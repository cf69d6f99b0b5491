// Secrets of the command line come from files or the environment, never from an argument.
#pragma once

#include "core/secret.hpp"

#include <string>

namespace sluice::sqs_server {

// The first line of the file. Throws usage_error if there is none.
[[nodiscard]] secret read_secret_file(const std::string& path);

// Throws usage_error unless the variable is set and not empty.
[[nodiscard]] std::string environment_or_throw(const char* name);

} // namespace sluice::sqs_server
