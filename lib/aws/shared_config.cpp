#include "aws/shared_config.hpp"

#include "aws/settings_error.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace sluice::aws {
namespace {

namespace fs = std::filesystem;

fs::path locate(const environment& variables, std::string_view variable, std::string_view name)
{
    if (const auto path = variables.find(variable)) {
        const auto home = variables.find("HOME");
        if (path->starts_with("~/") && home)
            return fs::path(*home) / path->substr(2);
        return *path;
    }
    const auto home = variables.find("HOME");
    return home ? fs::path(*home) / ".aws" / name : fs::path();
}

void read_into(const fs::path& path, profile_file_kind kind, profile_set& into)
{
    std::error_code ec;
    const fs::file_status status = fs::status(path, ec);
    if (path.empty() || status.type() == fs::file_type::not_found)
        return;
    std::ifstream file(path, std::ios::binary);
    if (status.type() == fs::file_type::directory || !file.is_open())
        throw settings_error(fmt::format(
            "{}: is no file that can be read; give us the right to "
            "read it, or name another one in {}",
            path.string(),
            kind == profile_file_kind::config ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE"));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    parse_profile_file(text, path.string(), kind, into);
}

} // namespace

std::vector<std::string> shared_config::files(const environment& variables)
{
    return {locate(variables, "AWS_CONFIG_FILE", "config").string(),
            locate(variables, "AWS_SHARED_CREDENTIALS_FILE", "credentials").string()};
}

shared_config shared_config::load(const environment& variables)
{
    const fs::path config = locate(variables, "AWS_CONFIG_FILE", "config");
    const fs::path keys = locate(variables, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    profile_set set;
    read_into(config, profile_file_kind::config, set);
    read_into(keys, profile_file_kind::credentials, set); // wins on the same key
    const auto wanted = variables.find("AWS_PROFILE");
    if (wanted && !set.profiles.contains(*wanted))
        throw settings_error(fmt::format("AWS_PROFILE names the profile \"{}\", which is neither "
                                         "in {} nor in {}; add it there or unset AWS_PROFILE",
                                         *wanted, config.string(), keys.string()));
    return {std::move(set), wanted.value_or("default")};
}

shared_config::shared_config(profile_set set, std::string profile_name)
    : profile_name_(std::move(profile_name)), profiles_(std::move(set.profiles))
{
    if (const profile_section* const found = find_profile(profile_name_))
        profile_ = *found;
    const std::string& services = profile_.value("services");
    if (services.empty())
        return;
    const auto found = set.services.find(services);
    if (found == set.services.end())
        throw settings_error(fmt::format("the AWS profile \"{}\" names the services section "
                                         "\"{}\", which does not exist; add [services {}]",
                                         profile_name_, services, services));
    services_ = found->second;
}

const profile_section* shared_config::find_profile(std::string_view name) const noexcept
{
    const auto found = profiles_.find(name);
    return found == profiles_.end() ? nullptr : &found->second;
}

const std::string& shared_config::service_value(std::string_view service,
                                                std::string_view key) const noexcept
{
    static const std::string none;
    const auto entries = services_.nested.find(service);
    if (entries == services_.nested.end())
        return none;
    const auto found = entries->second.find(key);
    return found == entries->second.end() ? none : found->second;
}

} // namespace sluice::aws
