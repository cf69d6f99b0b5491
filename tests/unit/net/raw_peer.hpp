// The other end of a connection, which sends exactly the bytes that a test wants.
#pragma once

#include "core/asio.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>

namespace sluice::test {

class raw_peer
{
public:
    explicit raw_peer(asio::any_io_executor executor) : socket_(std::move(executor)) {}
    explicit raw_peer(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    awaitable<void> connect(std::uint16_t port);
    awaitable<void> send(std::string text);

    // Reads one HTTP message that has a Content-Length, or none and no body.
    awaitable<std::string> read_message();

    // Reads until the other side closes or resets the connection.
    awaitable<std::string> read_all();

    // Whether the other side has closed in good order; a byte instead is an error.
    awaitable<bool> closed();

    // Closes with a reset instead of a FIN.
    void reset();
    void close() { socket_.close(); }

    [[nodiscard]] asio::ip::tcp::socket& socket() noexcept { return socket_; }

private:
    asio::ip::tcp::socket socket_;
    std::string buffer_;
};

} // namespace sluice::test
