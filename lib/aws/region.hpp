// Which region a queue is in.
#pragma once

#include "aws/environment.hpp"
#include "aws/shared_config.hpp"

#include <functional>

namespace sluice::aws {

// What the host of a queue URL says: https://sqs.eu-west-1.amazonaws.com/..., with its variants for
// FIPS, dual stack and other partitions, and the old https://eu-west-1.queue.amazonaws.com/...
[[nodiscard]] std::optional<std::string> region_of_queue_url(std::string_view url);

// The same of a database's host: orders.c9akciq32.eu-west-1.rds.amazonaws.com. Nothing for a name
// of one's own.
[[nodiscard]] std::optional<std::string> region_of_database_host(std::string_view host);

// AWS_REGION, AWS_DEFAULT_REGION, then the profile.
[[nodiscard]] std::optional<std::string> configured_region(const environment& variables,
                                                           const shared_config& config);

// Asks the instance that we run on; empty: there is none.
using region_of_instance = std::function<std::optional<std::string>()>;

// The configured value if there is one, else what the URL says, else configured_region, and only
// then the instance. Throws settings_error if nobody says, or if what they say can be no region.
[[nodiscard]] std::string choose_region(const std::string& configured, std::string_view queue_url,
                                        const environment& variables, const shared_config& config,
                                        const region_of_instance& ask_instance = {});

} // namespace sluice::aws
