// Environment variables as the AWS tools read them: an empty one is not set.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::aws {

class environment
{
public:
    // That of the process. Read while only one thread runs: getenv is not thread-safe.
    environment();
    // That of a test.
    explicit environment(std::map<std::string, std::string, std::less<>> variables);

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

    // "true" and "false" in any case; anything else is a settings_error.
    [[nodiscard]] std::optional<bool> find_switch(std::string_view name) const;

private:
    std::function<std::optional<std::string>(std::string_view)> read_;
};

// The value of a switch, of which `name` tells the place in the error.
[[nodiscard]] bool parse_switch(std::string_view value, std::string_view name);

} // namespace sluice::aws
