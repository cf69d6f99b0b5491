// From a configuration file to settings, or to everything that is wrong with it at once.
#pragma once

#include "config/finding.hpp"
#include "config/key_index.hpp"
#include "config/references.hpp"
#include "config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

struct loaded
{
    settings value;                // to be used only if ok()
    std::vector<finding> findings; // errors and warnings, in the order of the file
    key_index keys;

    [[nodiscard]] bool ok() const noexcept;

    // What others find wrong with a key: a bad regular expression, a test that fails.
    void report(severity weight, const std::string& key, problem what);
};

// Reads a file. `references::leave` checks a file where its secrets are not at hand.
[[nodiscard]] loaded load(const std::string& path, references how);

// The same for a text; `file` names it in messages, and its folder is where relative paths start.
[[nodiscard]] loaded load_text(std::string_view text, const std::string& file, references how,
                               bool readable_by_all = false);

// Every key with its default, as YAML with comments. The text loads, once ${env:DATABASE_URL} does.
[[nodiscard]] std::string defaults();

} // namespace sluice::config
