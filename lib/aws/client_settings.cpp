#include "aws/client_settings.hpp"

#include "aws/endpoint.hpp"
#include "aws/partition.hpp"
#include "aws/retry.hpp"
#include "aws/settings_error.hpp"

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

namespace sluice::aws {
namespace {

// Where the queue URL points, if that is not AWS.
std::string foreign_server(const std::string& queue_url)
{
    const auto parsed = net::parse_url(queue_url);
    if (!parsed || partition_of_host(parsed->host) != nullptr)
        return {};
    return fmt::format("{}://{}", parsed->encrypted ? "https" : "http", parsed->authority());
}

net::url parse_endpoint(const std::string& text)
{
    const auto parsed = net::parse_url(text);
    if (!parsed)
        throw settings_error(fmt::format("the endpoint \"{}\" is no http or https URL; write it "
                                         "like https://sqs.eu-west-1.amazonaws.com",
                                         text));
    return *parsed;
}

bool is_loopback(const std::string& host)
{
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(host, ec);
    return ec ? host == "localhost" : address.is_loopback();
}

std::vector<std::string> find_warnings(const client_wish& wish, const client_settings& found)
{
    std::vector<std::string> warnings;
    if (!found.endpoint.encrypted && !is_loopback(found.endpoint.host))
        warnings.push_back(fmt::format("requests to {} go in the clear, and with them the "
                                       "messages; use https unless the network is yours alone",
                                       found.endpoint.authority()));
    const auto of_queue = region_of_queue_url(wish.queue_url);
    if (of_queue && *of_queue != found.region)
        warnings.push_back(fmt::format("the queue URL is in {}, but requests are signed for {}; "
                                       "AWS will refuse them unless the endpoint translates",
                                       *of_queue, found.region));
    return warnings;
}

} // namespace

client_settings load_client_settings(const client_wish& wish, const environment& variables,
                                     const shared_config& config, const identity_world& around)
{
    client_settings found;
    found.region = choose_region(wish.region, wish.queue_url, variables, config, wish.ask_instance);
    std::string own = wish.endpoint;
    if (own.empty() && !configured_endpoint(wish.service, variables, config))
        own = foreign_server(wish.queue_url);
    found.endpoint =
        parse_endpoint(find_endpoint(wish.service, found.region, own, variables, config));
    found.attempts_max = configured_attempts(variables, config);
    found.authorities_file =
        variables.find("AWS_CA_BUNDLE").value_or(config.profile().value("ca_bundle"));
    found.credentials = find_credentials(
        variables, config, {.region = found.region, .authorities_file = found.authorities_file},
        around);
    found.warnings = find_warnings(wish, found);
    return found;
}

} // namespace sluice::aws
