#include "aws/region.hpp"

#include "aws/partition.hpp"
#include "aws/settings_error.hpp"
#include "net/url.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/split.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace sluice::aws {

std::optional<std::string> region_of_queue_url(std::string_view url)
{
    const auto parsed = net::parse_url(url);
    if (!parsed)
        return std::nullopt;
    const std::string host = boost::algorithm::to_lower_copy(parsed->host);
    if (partition_of_host(host) == nullptr)
        return std::nullopt;
    if (host == "queue.amazonaws.com")
        return "us-east-1"; // the first region, from when there was no other
    const std::size_t first_dot = host.find('.');
    const std::string_view first = std::string_view(host).substr(0, first_dot);
    const std::string_view rest = std::string_view(host).substr(first_dot + 1);
    const std::string_view second = rest.substr(0, rest.find('.'));
    std::string_view region;
    if (first == "sqs" || first == "sqs-fips")
        region = second;
    else if (second == "queue")
        region = first;
    // "sqs.amazonaws.com" has no region between its two halves.
    if (!is_region_name(region) || region == "amazonaws" || region == "api")
        return std::nullopt;
    return std::string(region);
}

std::optional<std::string> region_of_database_host(std::string_view host)
{
    const std::string lower = boost::algorithm::to_lower_copy(std::string(host));
    if (partition_of_host(lower) == nullptr)
        return std::nullopt;
    std::vector<std::string> labels;
    boost::algorithm::split(labels, lower, [](char c) { return c == '.'; });
    const auto rds = std::ranges::find(labels, "rds");
    if (rds == labels.begin() || rds == labels.end() || rds + 1 == labels.end())
        return std::nullopt;
    // In China the region stands behind "rds", elsewhere before it.
    for (const std::string& each : {*(rds + 1), *(rds - 1)})
        if (is_region_name(each) && each.find('-') != std::string::npos)
            return each;
    return std::nullopt;
}

std::optional<std::string> configured_region(const environment& variables,
                                             const shared_config& config)
{
    for (const char* const name : {"AWS_REGION", "AWS_DEFAULT_REGION"})
        if (auto region = variables.find(name))
            return region;
    if (const std::string& region = config.profile().value("region"); !region.empty())
        return region;
    return std::nullopt;
}

std::string choose_region(const std::string& configured, std::string_view queue_url,
                          const environment& variables, const shared_config& config,
                          const region_of_instance& ask_instance)
{
    auto region = configured.empty() ? region_of_queue_url(queue_url) : std::optional(configured);
    if (!region)
        region = configured_region(variables, config);
    if (!region && ask_instance)
        region = ask_instance();
    if (!region)
        throw settings_error("no region: neither the configuration, the queue URL, AWS_REGION, the "
                             "AWS profile nor the instance names one; set `region`");
    if (!is_region_name(*region))
        throw settings_error(
            fmt::format("\"{}\" is no AWS region; write it like eu-west-1", *region));
    return *region;
}

} // namespace sluice::aws
