// Everything that a client of an AWS service must know before its first request, from our own
// configuration, the environment and the shared files together.
#pragma once

#include "aws/credentials.hpp"
#include "aws/environment.hpp"
#include "aws/identity/chain.hpp"
#include "aws/region.hpp"
#include "aws/shared_config.hpp"
#include "net/url.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluice::aws {

// What our own configuration says; each may be empty but the service.
struct client_wish
{
    std::string service = "sqs";
    std::string queue_url{};
    std::string endpoint{};
    std::string region{};
    region_of_instance ask_instance{};
};

struct client_settings
{
    std::string region;
    net::url endpoint;
    int attempts_max;
    std::string authorities_file; // AWS_CA_BUNDLE; empty: those of the system
    std::shared_ptr<credentials_provider> credentials;
    std::vector<std::string> warnings; // what works, but is probably not meant
};

// Connects to nothing, unless nobody but the instance can tell the region. `around` is what the
// credentials live in from then on. Throws settings_error. Where no endpoint is given, a queue URL
// that is none of AWS's own names the server by itself: it is that of an emulator.
[[nodiscard]] client_settings load_client_settings(const client_wish& wish,
                                                   const environment& variables,
                                                   const shared_config& config,
                                                   const identity_world& around);

} // namespace sluice::aws
