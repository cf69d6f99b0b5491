// `${env:NAME}` and `${file:PATH}`: secrets that stand outside the configuration file. `$${` is the
// text `${` itself.
#pragma once

#include "config/finding.hpp"
#include "core/secret.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace sluice::config {

enum class references
{
    resolve, // put the value in their place
    leave,   // read their spelling only: the values need not be there
};

struct expansion
{
    secret text; // the result; the text as it stood when a reference was left
    bool has_references = false;
    std::vector<problem> errors;   // malformed, or the value cannot be had
    std::vector<problem> warnings; // a file that everyone can read
};

// Expands one value. A relative PATH counts from `folder`, where the configuration file lies. One
// line break at the end of a file is not part of the value. Messages show references, never values.
[[nodiscard]] expansion expand(std::string_view text, references how,
                               const std::filesystem::path& folder);

} // namespace sluice::config
