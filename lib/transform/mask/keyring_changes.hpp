// How the keys of a keyring follow one another: a new one is added and brought to every host, then
// it masks, and the one before it only opens what it sealed.
#pragma once

#include "core/time.hpp"

#include <string>

namespace sluice::mask {

// Each changes the file as a whole or not at all, and keeps its mode and its owner. All throw
// keyring_error: a file that is wrong, a key that it does not hold, a command that is under way.

// Adds a new key, which masks nothing yet. Returns its id.
std::string add_key(const std::string& path, wall_time now);

// The key masks from now on, unless it is retired; the one that did only opens, and may be promoted
// again. Returns the id of that one.
std::string promote_key(const std::string& path, const std::string& id);

// The key only opens, for good. The one that masks is refused.
void retire_key(const std::string& path, const std::string& id);

} // namespace sluice::mask
