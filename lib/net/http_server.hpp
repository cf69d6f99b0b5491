// An HTTP/1.1 server on Beast's parser: keep-alive, pipelining in order, and a limit on all that a
// peer could use up. It knows nothing of what is served.
#pragma once

#include "net/http_session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <list>
#include <memory>

namespace sluice::net {

// Not thread-safe: everything runs on the one executor, which must not be a thread pool.
class http_server
{
public:
    // Listens at once; throws system_error if it cannot. `handler` is called for one request of a
    // connection at a time. It may wait long: it is cancelled when the peer hangs up (seen within
    // a tick of a quarter of a second) or on stop(). An exception of it is answered 500.
    http_server(asio::any_io_executor executor, clock& time, http_server_options options,
                http_handler handler);

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::size_t open_connections() const noexcept { return sessions_.size(); }

    // Serves until stop(), or until the awaiting coroutine is cancelled, which is the same.
    // Returns when the last connection has ended.
    awaitable<void> run();

    // Ends run(): no new connection, waiting handlers cancelled, answers under way completed. To
    // be called on the executor (post it there): Asio 1.81 passes a cancellation from elsewhere on
    // later, when its target may be gone.
    void stop();

private:
    using sessions = std::list<std::shared_ptr<http_session>>;

    awaitable<void> accept_connections();
    void start_session(stream::tcp::socket socket);
    bool end_longest_rest();
    void turn_away(stream::tcp::socket socket) const;

    asio::any_io_executor executor_;
    http_server_options options_;
    http_handler handler_;
    http_date date_;
    rate_limit connection_turns_;
    rate_limit request_turns_;
    http_session_context context_;
    stream::tcp::acceptor acceptor_;
    std::uint16_t port_;
    sleeper acceptor_rest_; // while no descriptor is left, and between two turns
    sleeper session_ended_;
    watchdog watchdog_;
    bool stopping_ = false;
    sessions sessions_;
};

} // namespace sluice::net
