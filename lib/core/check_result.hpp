// What a look at the world outside has shown, for the person who set it up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

enum class check_level : std::uint8_t
{
    ok,
    warning, // it works, or may, but is probably not meant
    error,   // nothing can be stored, or what is stored may be lost
};

struct check_result
{
    check_level level = check_level::ok;
    std::string subject; // what was looked at: "visibility"
    std::string what;    // what is there
    std::string remedy;  // what to do about it; empty where all is well
    int line = 0;        // in the configuration file; 0: no line is to blame
};

using check_results = std::vector<check_result>;

// Parts "what is wrong; what to do", the form of findings that are one text.
[[nodiscard]] inline std::pair<std::string, std::string> what_and_remedy(std::string_view text)
{
    constexpr std::string_view between = "; ";
    const std::size_t at = text.rfind(between);
    if (at == std::string_view::npos)
        return {std::string(text), {}};
    return {std::string(text.substr(0, at)), std::string(text.substr(at + between.size()))};
}

} // namespace sluice
