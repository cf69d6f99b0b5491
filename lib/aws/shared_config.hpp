// The profile that the environment selects, out of the shared AWS files.
#pragma once

#include "aws/environment.hpp"
#include "aws/profile_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::aws {

// Read once, at the start.
class shared_config
{
public:
    // AWS_PROFILE, AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE are respected. A file that does
    // not exist says nothing; a profile that was asked for and does not exist is a settings_error.
    static shared_config load(const environment& variables);

    // The paths that load() reads, whether they exist or not.
    [[nodiscard]] static std::vector<std::string> files(const environment& variables);

    // For tests, and for whoever has no files.
    shared_config(profile_set set, std::string profile_name);

    [[nodiscard]] const std::string& profile_name() const noexcept { return profile_name_; }
    [[nodiscard]] const profile_section& profile() const noexcept { return profile_; }

    // Null if there is none of that name.
    [[nodiscard]] const profile_section* find_profile(std::string_view name) const noexcept;

    // What the services section of the profile says for the service; empty if nothing.
    [[nodiscard]] const std::string& service_value(std::string_view service,
                                                   std::string_view key) const noexcept;

private:
    std::string profile_name_;
    sections profiles_;
    profile_section profile_; // of that name
    profile_section services_;
};

} // namespace sluice::aws
