#include "aws/identity/profile_identity.hpp"

#include "aws/identity/assumed_role.hpp"
#include "aws/identity/container_credentials.hpp"
#include "aws/identity/credential_process.hpp"
#include "aws/identity/instance_metadata.hpp"
#include "aws/identity/static_keys.hpp"
#include "aws/identity/web_identity.hpp"

#include <boost/algorithm/string/join.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::aws {
namespace {

// Follows a profile to its source, and that to its own.
class profile_walk
{
public:
    explicit profile_walk(const identity_parts& parts) : parts_(parts) {}

    std::unique_ptr<credentials_provider> find(const std::string& name)
    {
        const profile_section* const profile = parts_.config.find_profile(name);
        if (profile == nullptr)
            return nullptr;
        path_.push_back(name);
        refuse_unsupported(*profile);
        if (!profile->value("role_arn").empty())
            return assume(*profile);
        if (!profile->value("web_identity_token_file").empty())
            fail("has web_identity_token_file, but no role_arn; give it one");
        return find_own(*profile);
    }

private:
    [[noreturn]] void fail(std::string_view what) const
    {
        throw settings_error(fmt::format("the AWS profile \"{}\" {}", path_.back(), what));
    }

    void refuse_unsupported(const profile_section& profile) const
    {
        for (const char* const key : {"sso_session", "sso_start_url"})
            if (!profile.value(key).empty())
                fail(fmt::format("has {}, which needs a person at a browser; give it keys or a "
                                 "role, or choose another profile by AWS_PROFILE",
                                 key));
    }

    // Keys or a program.
    std::unique_ptr<credentials_provider> find_own(const profile_section& profile) const
    {
        const std::string where = fmt::format("the AWS profile \"{}\"", path_.back());
        if (auto keys = profile_credentials(profile, path_.back()))
            return std::make_unique<static_credentials>(std::move(*keys), where);
        const std::string& command = profile.value("credential_process");
        if (command.empty())
            return nullptr;
        return parts_.refreshing(
            std::make_unique<credential_process>(parts_.around.time, command, where));
    }

    std::unique_ptr<credentials_provider> assume(const profile_section& profile)
    {
        if (!profile.value("mfa_serial").empty())
            fail("has mfa_serial, which needs a person; let the role be taken on without it");
        const role_wish role{.role_arn = profile.value("role_arn"),
                             .session_name = profile.value("role_session_name"),
                             .external_id = profile.value("external_id"),
                             .duration_seconds = profile.value("duration_seconds")};
        const std::string& token_file = profile.value("web_identity_token_file");
        if (!token_file.empty())
            return parts_.refreshing(
                std::make_unique<web_identity>(parts_.make_sts(), role, token_file));
        const std::string& from = profile.value("source_profile");
        const std::string& place = profile.value("credential_source");
        if (from.empty() == place.empty())
            fail("has role_arn and needs exactly one of source_profile and credential_source");
        auto by = place.empty() ? follow(profile, from) : from_place(place);
        return parts_.refreshing(
            std::make_unique<assumed_role>(parts_.make_sts(), role, std::move(by)));
    }

    std::unique_ptr<credentials_provider> follow(const profile_section& profile,
                                                 const std::string& from)
    {
        std::unique_ptr<credentials_provider> by;
        if (from == path_.back()) { // with keys of its own it is no circle
            by = find_own(profile);
        } else {
            if (std::ranges::find(path_, from) != path_.end())
                throw settings_error(
                    fmt::format("the AWS profiles go in a circle: {} -> {}; let one of them have "
                                "keys",
                                boost::algorithm::join(path_, " -> "), from));
            by = find(from);
        }
        if (!by)
            throw settings_error(fmt::format("the source_profile \"{}\" of the AWS profile \"{}\" "
                                             "has neither keys nor a role nor a program",
                                             from, path_.back()));
        return by;
    }

    std::unique_ptr<credentials_provider> from_place(const std::string& place) const
    {
        if (place == "Environment") {
            if (auto keys = environment_credentials(parts_.variables))
                return std::make_unique<static_credentials>(std::move(*keys), "the environment");
            fail("takes its source from the environment, where AWS_ACCESS_KEY_ID is not set");
        }
        if (place == "EcsContainer") {
            if (auto found = container_credentials::find(parts_.variables, parts_.http))
                return parts_.refreshing(std::move(found));
            fail("takes its source from the container, but no AWS_CONTAINER_CREDENTIALS_* is set");
        }
        if (place != "Ec2InstanceMetadata")
            fail(fmt::format("has the credential_source {}; write Environment, EcsContainer or "
                             "Ec2InstanceMetadata",
                             place));
        auto found = instance_metadata::find(parts_.variables, parts_.config, parts_.http);
        if (!found)
            fail("takes its source from the instance, but AWS_EC2_METADATA_DISABLED forbids it");
        return parts_.refreshing(std::make_unique<instance_credentials>(std::move(*found)));
    }

    const identity_parts& parts_;
    std::vector<std::string> path_; // from the chosen profile on
};

} // namespace

std::unique_ptr<credentials_provider> find_profile_identity(const identity_parts& parts)
{
    return profile_walk(parts).find(parts.config.profile_name());
}

} // namespace sluice::aws
