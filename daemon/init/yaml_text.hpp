// Texts as values and keys of a configuration file.
#pragma once

#include <string>
#include <string_view>

namespace sluice::daemon {

// As it stands where every reader of YAML takes that for the same text, else in double quotes. Must
// be UTF-8. References stay what they are.
[[nodiscard]] std::string yaml_scalar(std::string_view text);

// The same, but what looks like a reference is kept from being one.
[[nodiscard]] std::string yaml_text(std::string_view text);

} // namespace sluice::daemon
