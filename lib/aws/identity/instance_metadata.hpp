// What an EC2 instance is told about itself: IMDS, version 2 alone. The first version answers
// whoever can make us send a GET, so there is no way back to it.
#pragma once

#include "aws/environment.hpp"
#include "aws/identity/plain_http.hpp"
#include "aws/shared_config.hpp"

namespace sluice::aws {

class instance_metadata
{
public:
    // Nothing if AWS_EC2_METADATA_DISABLED. Throws settings_error for an endpoint that is no URL.
    static std::optional<instance_metadata> find(const environment& variables,
                                                 const shared_config& config,
                                                 std::shared_ptr<plain_http> http);

    // The document at "/latest/..." Throws credentials_error.
    awaitable<secret> read(std::string path);

private:
    instance_metadata(std::shared_ptr<plain_http> http, net::url service)
        : http_(std::move(http)), service_(std::move(service))
    {}

    awaitable<void> get_token();
    awaitable<plain_answer> get(const std::string& path);

    std::shared_ptr<plain_http> http_;
    net::url service_;
    secret token_; // of the session; empty: to be got
};

class instance_credentials final : public credentials_source
{
public:
    explicit instance_credentials(instance_metadata from) : from_(std::move(from)) {}

    awaitable<credentials> fetch() override;
    [[nodiscard]] std::string name() const override { return "the instance's role"; }
    [[nodiscard]] bool outlives_expiry() const noexcept override { return true; }

private:
    instance_metadata from_;
};

} // namespace sluice::aws
