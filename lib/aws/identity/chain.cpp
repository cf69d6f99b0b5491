#include "aws/identity/chain.hpp"

#include "aws/identity/container_credentials.hpp"
#include "aws/identity/identity_parts.hpp"
#include "aws/identity/instance_metadata.hpp"
#include "aws/identity/profile_identity.hpp"
#include "aws/identity/static_keys.hpp"
#include "aws/identity/web_identity.hpp"

#include <fmt/format.h>

namespace sluice::aws {
namespace {

// What every place but the last had to say.
std::string places_without(const std::string& profile_name)
{
    return fmt::format("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; "
                       "AWS_WEB_IDENTITY_TOKEN_FILE is not set; the AWS profile \"{}\" has neither "
                       "keys nor a role nor a program; AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
                       "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set",
                       profile_name);
}

// The last place. It is asked only because no other had anything, so its errors tell of them, too.
class last_place final : public credentials_source
{
public:
    last_place(instance_metadata from, std::string others)
        : instance_(std::move(from)), others_(std::move(others))
    {}

    awaitable<credentials> fetch() override
    {
        try {
            credentials given = co_await instance_.fetch();
            found_ = true;
            co_return given;
        } catch (const credentials_error& error) {
            if (found_)
                throw;
            throw credentials_error(
                fmt::format("{}; metadata of the instance: {}", others_, error.what()));
        }
    }

    [[nodiscard]] std::string name() const override { return instance_.name(); }
    [[nodiscard]] bool outlives_expiry() const noexcept override
    {
        return instance_.outlives_expiry();
    }

private:
    instance_credentials instance_;
    std::string others_;
    bool found_ = false; // there is such a place: the others do not matter any more
};

std::unique_ptr<credentials_provider> find_web_identity(const identity_parts& parts)
{
    const auto token_file = parts.variables.find("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (!token_file)
        return nullptr;
    const auto role = parts.variables.find("AWS_ROLE_ARN");
    if (!role)
        throw settings_error(
            "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not; set both");
    const role_wish wish{.role_arn = *role,
                         .session_name =
                             parts.variables.find("AWS_ROLE_SESSION_NAME").value_or("")};
    return parts.refreshing(std::make_unique<web_identity>(parts.make_sts(), wish, *token_file));
}

} // namespace

std::unique_ptr<credentials_provider> find_credentials(const environment& variables,
                                                       const shared_config& config,
                                                       const identity_wish& wish,
                                                       const identity_world& around)
{
    const identity_parts parts{variables, config, wish.region, around,
                               std::make_shared<plain_http>(around, wish.authorities_file)};
    if (auto keys = environment_credentials(variables))
        return std::make_unique<static_credentials>(std::move(*keys), "the environment");
    if (auto found = find_web_identity(parts))
        return found;
    if (auto found = find_profile_identity(parts))
        return found;
    if (auto found = container_credentials::find(variables, parts.http))
        return parts.refreshing(std::move(found));
    const std::string others = places_without(config.profile_name());
    auto instance = instance_metadata::find(variables, config, parts.http);
    if (!instance)
        throw settings_error(fmt::format("there are no AWS credentials: {}; metadata of the "
                                         "instance: AWS_EC2_METADATA_DISABLED; set one of them",
                                         others));
    return parts.refreshing(std::make_unique<last_place>(std::move(*instance), others));
}

} // namespace sluice::aws
