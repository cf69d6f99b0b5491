#include "aws/credentials_source.hpp"

#include "aws/settings_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::aws {
namespace {

// Credentials go into header fields: a line break in them would add a field of its own. The error
// names the place and never shows the value.
void check_printable(const std::string& value, const std::string& where)
{
    const auto is_printable = [](char c) { return c > ' ' && c <= '~'; };
    if (!std::ranges::all_of(value, is_printable))
        throw settings_error(fmt::format("{} has characters that no AWS key has, such as a space "
                                         "or a line break; copy it again",
                                         where));
}

struct key_names
{
    std::string id;
    std::string secret;
    std::string token;
};

std::optional<credentials> assemble(std::string id, std::string secret_key, std::string token,
                                    const key_names& names)
{
    if (id.empty() && secret_key.empty())
        return std::nullopt;
    if (id.empty() || secret_key.empty())
        throw settings_error(fmt::format("{} is set, but {} is not; set both",
                                         id.empty() ? names.secret : names.id,
                                         id.empty() ? names.id : names.secret));
    check_printable(id, names.id);
    check_printable(secret_key, names.secret);
    check_printable(token, names.token);
    return credentials{.access_key_id = std::move(id),
                       .secret_access_key = secret(std::move(secret_key)),
                       .session_token = secret(std::move(token)),
                       .expires_at = std::nullopt};
}

// Ways to get credentials that would come before, or instead of, what we can use.
void refuse_unsupported(const environment& variables)
{
    for (const char* const name :
         {"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
          "AWS_CONTAINER_CREDENTIALS_FULL_URI"})
        if (variables.find(name))
            throw settings_error(
                fmt::format("{} is set, which is not supported yet; set AWS_ACCESS_KEY_ID and "
                            "AWS_SECRET_ACCESS_KEY instead",
                            name));
}

void refuse_unsupported(const shared_config& config)
{
    constexpr std::array keys{"role_arn", "credential_process", "sso_session", "sso_start_url",
                              "web_identity_token_file"};
    for (const char* const key : keys)
        if (!config.profile().value(key).empty())
            throw settings_error(fmt::format(
                "the AWS profile \"{}\" has {}, which is not supported yet; give it "
                "aws_access_key_id and aws_secret_access_key, or choose another profile "
                "by AWS_PROFILE",
                config.profile_name(), key));
}

} // namespace

std::optional<credentials> environment_credentials(const environment& variables)
{
    const key_names names{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};
    return assemble(variables.find(names.id).value_or(""),
                    variables.find(names.secret).value_or(""),
                    variables.find(names.token).value_or(""), names);
}

std::optional<credentials> profile_credentials(const shared_config& config)
{
    const auto place = [&config](const char* key) {
        return fmt::format("{} of the AWS profile \"{}\"", key, config.profile_name());
    };
    const profile_section& profile = config.profile();
    return assemble(
        profile.value("aws_access_key_id"), profile.value("aws_secret_access_key"),
        profile.value("aws_session_token"),
        {place("aws_access_key_id"), place("aws_secret_access_key"), place("aws_session_token")});
}

std::unique_ptr<credentials_provider> find_credentials(const environment& variables,
                                                       const shared_config& config)
{
    if (auto found = environment_credentials(variables))
        return std::make_unique<static_credentials>(std::move(*found));
    refuse_unsupported(variables);
    refuse_unsupported(config);
    if (auto found = profile_credentials(config))
        return std::make_unique<static_credentials>(std::move(*found));
    throw settings_error(fmt::format(
        "there are no AWS credentials: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the "
        "environment, nor keys in the AWS profile \"{}\"; set one of the two",
        config.profile_name()));
}

} // namespace sluice::aws
