// The role of an ECS task or of a pod on EKS (Pod Identity), from an agent on the same host.
#pragma once

#include "aws/environment.hpp"
#include "aws/identity/plain_http.hpp"

namespace sluice::aws {

class container_credentials final : public credentials_source
{
public:
    // Nothing if the environment names no such agent. Throws settings_error for an address that is
    // not allowed: whoever may set a variable must not send our token anywhere.
    static std::unique_ptr<container_credentials> find(const environment& variables,
                                                       std::shared_ptr<plain_http> http);

    awaitable<credentials> fetch() override;
    [[nodiscard]] std::string name() const override { return "the container's role"; }
    [[nodiscard]] bool outlives_expiry() const noexcept override { return true; }

private:
    container_credentials(std::shared_ptr<plain_http> http, net::url agent)
        : http_(std::move(http)), agent_(std::move(agent))
    {}

    std::shared_ptr<plain_http> http_;
    net::url agent_;
    std::string token_file_; // empty: none
    secret token_;           // empty: none
};

} // namespace sluice::aws
