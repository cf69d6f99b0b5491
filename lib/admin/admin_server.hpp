// The admin HTTP server: metrics, health and state, with limits of its own, so that nobody who
// asks too much touches the data path.
#pragma once

#include "admin/router.hpp"
#include "net/http_server.hpp"

namespace sluice::admin {

// Where it listens, and the limits on what a peer may use up.
[[nodiscard]] net::http_server_options options_for(const config::admin& settings);

class admin_server
{
public:
    // Throws system_error when it cannot listen.
    admin_server(asio::any_io_executor executor, clock& time, const config::admin& settings,
                 watched_pipelines watched, stored_readers stored, more_metrics more = nullptr);

    [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
    void set_token(secret token) { router_.set_token(std::move(token)); }
    awaitable<void> run() { return server_.run(); }
    void stop() { server_.stop(); }

private:
    router router_;
    net::http_server server_;
};

} // namespace sluice::admin
