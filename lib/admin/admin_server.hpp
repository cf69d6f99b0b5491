// The admin HTTP server: metrics, health and state, with limits of its own, so that nobody who
// asks too much touches the data path.
#pragma once

#include "admin/health.hpp"
#include "config/settings.hpp"
#include "core/clock.hpp"
#include "net/http_server.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace sluice::admin {

class admin_server
{
public:
    // `watched` is asked anew for each request. Throws system_error when it cannot listen.
    using watched_pipelines = std::function<std::vector<const pipeline::pipeline*>()>;

    admin_server(asio::any_io_executor executor, clock& time, config::admin settings,
                 watched_pipelines watched);

    [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
    awaitable<void> run() { return server_.run(); }
    void stop() { server_.stop(); }

private:
    void answer(const net::http_request& request, net::http_response& response) const;
    [[nodiscard]] bool may_see_data(const net::http_request& request) const;

    clock& clock_;
    config::admin settings_;
    watched_pipelines watched_;
    net::http_server server_;
};

} // namespace sluice::admin
