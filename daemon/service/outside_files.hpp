// Files that are read beside the configuration when a pipeline begins: the keyring, certificates,
// AWS profiles.
#pragma once

#include "core/secret.hpp"
#include "transform/mask/keyring.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::daemon {

// Null for an empty path. Throws mask::keyring_error.
[[nodiscard]] std::shared_ptr<const mask::keyring> load_keyring(const std::string& path);

// What libpq reads for a connection, besides passwords, which it reads anew for each one.
[[nodiscard]] std::vector<std::string> database_files(const secret& url);

// A digest of what stands in the files, or of there being none.
[[nodiscard]] std::string mark_of(std::span<const std::string> paths);

} // namespace sluice::daemon
