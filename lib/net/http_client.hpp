// An HTTP/1.1 client of one server: a pool of kept connections, a deadline on everything, requests
// that are rendered already and answers whose bodies go to where the caller has made room.
#pragma once

#include "net/connection_pool.hpp"

#include <string_view>

namespace sluice::net {

struct http_client_options
{
    std::shared_ptr<tls_client> tls{}; // needed for https
    connection_limits limits{};
    std::chrono::milliseconds connect_time_max{6'000}; // look-up, TCP and TLS together
    std::size_t body_bytes_max = 64 * 1024 * 1024;
    resolve_function resolve{}; // none: the operating system's
};

// The answer to a request. Dropped before its body was read, it closes its connection. Must not
// outlive its client.
class exchange
{
public:
    // Status and fields; the views live until read_body has returned.
    [[nodiscard]] const message_head& head() const { return lease_.connection->head(); }

    // How long the body will be, where the server says so: nothing for a chunked one.
    [[nodiscard]] std::optional<std::uint64_t> content_length() const
    {
        return lease_.connection->content_length();
    }

    [[nodiscard]] steady_time first_byte_at() const { return lease_.connection->first_byte_at(); }

    // Whether the request went out twice, since a kept connection turned out to be closed.
    [[nodiscard]] bool resent() const noexcept { return resent_; }

    // Appends the body to `into` with `padding` bytes of room behind it, and gives the connection
    // back. Until then no deadline runs. Call once.
    awaitable<void> read_body(byte_buffer& into, std::size_t padding, steady_time deadline);

private:
    friend class http_client;
    exchange(connection_pool::lease lease, bool resent) noexcept
        : lease_(std::move(lease)), resent_(resent)
    {}

    connection_pool::lease lease_;
    bool resent_;
};

// Errors are system_error: errc, operation_aborted if the awaiting coroutine was cancelled, or what
// the operating system says. Not thread-safe. Must outlive its exchanges.
class http_client
{
public:
    http_client(asio::any_io_executor executor, clock& time, url server,
                http_client_options options = {});
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;
    ~http_client();

    // Sends a whole request, head and body in one piece, and returns when the head of its answer
    // is here. A request is sent a second time if a kept connection was closed by the server
    // before any byte of an answer came.
    awaitable<exchange> start(std::string_view request, steady_time deadline);

    // Closes idle connections now, and those in use as soon as their answers are read.
    void close_all() noexcept { pool_.close_all(); }

    [[nodiscard]] const url& server() const noexcept { return server_; }
    [[nodiscard]] std::size_t open_connections() const noexcept { return pool_.open(); }
    [[nodiscard]] std::uint64_t connections_opened() const noexcept { return opened_; }

private:
    awaitable<std::unique_ptr<http_connection>> connect(steady_time deadline);

    asio::any_io_executor executor_;
    clock& clock_;
    url server_;
    http_client_options options_;
    std::shared_ptr<watchdog> watchdog_; // shared with its own coroutine
    connection_pool pool_;
    std::uint64_t opened_ = 0;
};

} // namespace sluice::net
