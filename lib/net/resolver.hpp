// Host names to addresses, with a deadline.
#pragma once

#include "core/clock.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sluice::net {

using addresses = std::vector<asio::ip::tcp::endpoint>;

// Gives at least one address, or throws system_error(errc::resolve_failed or errc::timed_out). The
// host is borrowed from the caller, who awaits on the spot.
using resolve_function = std::function<awaitable<addresses>(
    const std::string& host, std::uint16_t port, steady_time deadline)>;

// Asks the operating system, each time anew: the addresses of a service change.
[[nodiscard]] resolve_function system_resolver(asio::any_io_executor executor, clock& time);

} // namespace sluice::net
