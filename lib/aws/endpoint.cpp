#include "aws/endpoint.hpp"

#include "aws/partition.hpp"
#include "aws/settings_error.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::aws {
namespace {

// A switch of the environment, else of the profile, where it has a name in lower case.
bool is_on(std::string_view variable, std::string_view key, const environment& variables,
           const shared_config& config)
{
    if (const auto value = variables.find_switch(variable))
        return *value;
    const std::string& value = config.profile().value(key);
    return !value.empty() && parse_switch(value, fmt::format("{} of the AWS profile \"{}\"", key,
                                                             config.profile_name()));
}

// "AWS_ENDPOINT_URL_SQS"
std::string variable_of(std::string_view service)
{
    std::string name = boost::algorithm::to_upper_copy(std::string(service));
    std::ranges::replace(name, ' ', '_');
    std::ranges::replace(name, '-', '_');
    return "AWS_ENDPOINT_URL_" + name;
}

} // namespace

std::string resolve_endpoint(const endpoint_wish& wish)
{
    if (wish.custom && wish.fips)
        throw settings_error("FIPS and a custom endpoint exclude each other; unset "
                             "AWS_USE_FIPS_ENDPOINT or the endpoint");
    if (wish.custom && wish.dual_stack)
        throw settings_error("dual stack and a custom endpoint exclude each other; unset "
                             "AWS_USE_DUALSTACK_ENDPOINT or the endpoint");
    if (wish.custom)
        return *wish.custom;
    if (wish.region.empty())
        throw settings_error("no region for the AWS endpoint; set `region` or AWS_REGION");
    if (!is_region_name(wish.region))
        throw settings_error(
            fmt::format("\"{}\" is no AWS region; write it like eu-west-1", wish.region));
    const partition& home = partition_of(wish.region);
    // In GovCloud the plain endpoint is the FIPS endpoint.
    const bool plain_is_fips = home.region_prefix == "us-gov-" && !wish.dual_stack;
    const std::string_view mark = wish.fips && !plain_is_fips ? "-fips" : "";
    return fmt::format("https://{}{}.{}.{}", wish.service, mark, wish.region,
                       wish.dual_stack ? home.dual_stack_suffix : home.suffix);
}

std::optional<std::string> configured_endpoint(std::string_view service,
                                               const environment& variables,
                                               const shared_config& config)
{
    if (is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", variables,
              config))
        return std::nullopt;
    if (auto url = variables.find(variable_of(service)))
        return url;
    if (auto url = variables.find("AWS_ENDPOINT_URL"))
        return url;
    for (const std::string& url :
         {config.service_value(service, "endpoint_url"), config.profile().value("endpoint_url")})
        if (!url.empty())
            return url;
    return std::nullopt;
}

std::string find_endpoint(std::string_view service, const std::string& region,
                          const std::string& own, const environment& variables,
                          const shared_config& config)
{
    endpoint_wish wish{.service = std::string(service), .region = region};
    wish.custom =
        own.empty() ? configured_endpoint(service, variables, config) : std::optional(own);
    wish.fips = is_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", variables, config);
    wish.dual_stack =
        is_on("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", variables, config);
    return resolve_endpoint(wish);
}

} // namespace sluice::aws
