#include "daemon/queue_access.hpp"

#include "aws/identity/instance_region.hpp"
#include "core/version.hpp"

#include <fmt/format.h>

namespace sluice::daemon {
namespace {

aws::client_settings load_settings(const config::sqs_source& from,
                                   const aws::identity_world& around)
{
    const aws::environment variables;
    const auto files = aws::shared_config::load(variables);
    const aws::client_wish wish{
        .queue_url = from.queue_url,
        .endpoint = from.endpoint,
        .region = from.region,
        .ask_instance = [&] { return aws::ask_instance_region(variables, files); }};
    return aws::load_client_settings(wish, variables, files, around);
}

std::shared_ptr<net::tls_client> make_tls(const aws::client_settings& settings)
{
    if (!settings.endpoint.encrypted)
        return nullptr;
    return std::make_shared<net::tls_client>(settings.authorities_file);
}

} // namespace

queue_access::queue_access(asio::any_io_executor executor, clock& time, random_source& random,
                           const config::sqs_source& from)
    : settings_(load_settings(from, {.executor = executor, .time = time, .random = random})),
      tls_(make_tls(settings_)),
      polls_(executor, time, settings_.endpoint, connections(from.fetchers.max)),
      // Deletes as many at once as there are fetchers; beside them extensions and attributes.
      calls_(executor, time, settings_.endpoint, connections(from.fetchers.max + 4)),
      caller_(time, random, service(), *settings_.credentials, settings_.attempts_max, count_),
      client_(time, caller_, {polls_, calls_}, from.queue_url)
{}

aws::json_service queue_access::service() const
{
    return {.host_field = settings_.endpoint.host_field(),
            .path = settings_.endpoint.path,
            .scope = {settings_.region, "sqs"},
            .target_prefix = "AmazonSQS",
            .user_agent = fmt::format("sluice/{}", version)};
}

std::vector<std::string> queue_access::files() const
{
    std::vector<std::string> out = aws::shared_config::files(aws::environment());
    if (!settings_.authorities_file.empty())
        out.push_back(settings_.authorities_file);
    return out;
}

net::http_client_options queue_access::connections(std::size_t most) const
{
    net::http_client_options options;
    options.tls = tls_;
    options.limits.connections_max = most;
    return options;
}

} // namespace sluice::daemon
