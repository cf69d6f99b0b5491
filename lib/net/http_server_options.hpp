// The limits of an HTTP server. Every one of them has a bound that suits a small API.
#pragma once

#include "core/asio.hpp"
#include "net/rate_limit.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>

namespace sluice::net {

struct http_server_options
{
    // Where to listen; port 0 is any free one.
    asio::ip::tcp::endpoint listen{asio::ip::address_v4::loopback(), 0};
    std::shared_ptr<asio::ssl::context> tls{}; // none: in the clear

    // One more ends the one that has rested longest between two requests; where none rests it is
    // answered 503 and closed.
    std::size_t connections_max = 256;
    // Accepted; the rest wait in the kernel, and are then taken many at once.
    rate connections{};
    int waiting_max = asio::socket_base::max_listen_connections; // so many; more are not heard
    // What the kernel keeps of a connection for us to read, and for its peer to take; 0: as much as
    // the system has it. Linux doubles them, for its own needs (man 7 socket, SO_RCVBUF).
    int receive_buffer_bytes = 0;
    int send_buffer_bytes = 0;
    rate requests{};                          // of all connections together; the rest are late
    std::size_t header_bytes_max = 8 * 1024;  // a longer head is answered 431
    std::size_t body_bytes_max = 1024 * 1024; // a longer body is answered 413

    // From the accept, or from the first byte of a later request, to the end of its head (and
    // before it the TLS handshake): late is answered 408.
    std::chrono::milliseconds header_time_max{5'000};
    std::chrono::milliseconds body_time_max{30'000};  // late is answered 408
    std::chrono::milliseconds write_time_max{30'000}; // for an answer to be taken by the peer
    std::chrono::milliseconds idle_time_max{60'000};  // between two requests of a connection
};

} // namespace sluice::net
