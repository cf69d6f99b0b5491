// The files that the AWS tools share: ~/.aws/config and ~/.aws/credentials.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sluice::aws {

using properties = std::map<std::string, std::string, std::less<>>; // keys in lower case

// What stands under one [heading].
struct profile_section
{
    properties values;
    // "s3 =" followed by indented "endpoint_url = ...".
    std::map<std::string, properties, std::less<>> nested;

    // Empty if it is not there.
    [[nodiscard]] const std::string& value(std::string_view key) const noexcept;
};

using sections = std::map<std::string, profile_section, std::less<>>;

// What both kinds of file say, by name of the profile and of the services section.
struct profile_set
{
    sections profiles;
    sections services;
};

enum class profile_file_kind
{
    config,      // [profile name], [default], [services name]
    credentials, // [name]
};

// Adds what `text`, the content of the file at `path`, says; on the same key the later call wins.
// Throws settings_error naming file and line.
void parse_profile_file(std::string_view text, const std::string& path, profile_file_kind kind,
                        profile_set& into);

} // namespace sluice::aws
