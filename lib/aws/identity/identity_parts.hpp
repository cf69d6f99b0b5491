// What the places of the chain are made of.
#pragma once

#include "aws/endpoint.hpp"
#include "aws/identity/refreshing_credentials.hpp"
#include "aws/identity/sts.hpp"
#include "aws/settings_error.hpp"

namespace sluice::aws {

// Lives only while the chain is built.
struct identity_parts
{
    const environment& variables;
    const shared_config& config;
    const std::string& region;
    const identity_world& around;
    std::shared_ptr<plain_http> http;

    [[nodiscard]] std::unique_ptr<credentials_provider>
    refreshing(std::unique_ptr<credentials_source> from) const
    {
        return std::make_unique<refreshing_credentials>(around.time, around.random,
                                                        std::move(from));
    }

    [[nodiscard]] sts make_sts() const
    {
        const std::string text = find_endpoint("sts", region, {}, variables, config);
        const auto endpoint = net::parse_url(text);
        if (!endpoint)
            throw settings_error("the endpoint of STS is \"" + text +
                                 "\"; write it like https://sts.eu-west-1.amazonaws.com");
        return {http, around.time, {*endpoint, region}};
    }
};

} // namespace sluice::aws
