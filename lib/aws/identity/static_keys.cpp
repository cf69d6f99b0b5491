#include "aws/identity/static_keys.hpp"

#include "aws/identity/answers.hpp"

#include <fmt/format.h>

namespace sluice::aws {
namespace {

// Credentials go into header fields: a line break in them would add a field of its own. The error
// names the place and never shows the value.
void check_printable(const std::string& value, const std::string& where)
{
    if (!is_key_text(value))
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

} // namespace

std::optional<credentials> environment_credentials(const environment& variables)
{
    const key_names names{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};
    auto found =
        assemble(variables.find(names.id).value_or(""), variables.find(names.secret).value_or(""),
                 variables.find(names.token).value_or(""), names);
    const auto expiration = variables.find("AWS_CREDENTIAL_EXPIRATION");
    if (!found || !expiration)
        return found;
    found->expires_at = parse_iso_time(*expiration);
    if (!found->expires_at)
        throw settings_error("AWS_CREDENTIAL_EXPIRATION is no time; write it like "
                             "2026-01-15T10:30:00Z");
    return found;
}

std::optional<credentials> profile_credentials(const profile_section& profile,
                                               const std::string& name)
{
    const auto place = [&name](const char* key) {
        return fmt::format("{} of the AWS profile \"{}\"", key, name);
    };
    return assemble(
        profile.value("aws_access_key_id"), profile.value("aws_secret_access_key"),
        profile.value("aws_session_token"),
        {place("aws_access_key_id"), place("aws_secret_access_key"), place("aws_session_token")});
}

} // namespace sluice::aws
