// A TCP connection, in the clear or inside TLS, behind one type.
#pragma once

#include "core/asio.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <optional>
#include <string_view>

namespace sluice::net {

// An AsyncReadStream and AsyncWriteStream of Asio. Not thread-safe.
class stream
{
public:
    using tcp = asio::ip::tcp;
    using executor_type = asio::any_io_executor;
    using tls_stream = asio::ssl::stream<tcp::socket&>;

    explicit stream(tcp::socket socket) : socket_(std::move(socket)) {}
    // The TLS layer holds a reference to the socket.
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    ~stream() = default;

    // Puts TLS on top of the socket. The caller does the handshake before it reads or writes.
    tls_stream& use_tls(asio::ssl::context& context) { return tls_.emplace(socket_, context); }

    [[nodiscard]] bool encrypted() const noexcept { return tls_.has_value(); }
    [[nodiscard]] tcp::socket& socket() noexcept { return socket_; }
    [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }

    // Ends what is under way with operation_aborted. The stream can go on unless TLS was writing.
    void cancel() noexcept;

    // Closes the socket at once, without the good-bye of TLS.
    void close() noexcept;

    // Tells the peer that no more bytes come: close_notify if there is TLS, then FIN. Whether the
    // peer hears it does not matter to us, so it cannot fail.
    awaitable<void> finish();

    // Sends what the socket takes at once, without waiting, and returns how many bytes that was:
    // none through TLS. What goes wrong is left for the write of the rest to find.
    [[nodiscard]] std::size_t write_at_once(std::string_view bytes) noexcept;

    // Whether the peer has closed its side, or the connection broke. Reads nothing.
    [[nodiscard]] bool peer_gone();

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token)
    {
        return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const auto& into) {
                if (tls_)
                    tls_->async_read_some(into, std::move(handler));
                else
                    socket_.async_read_some(into, std::move(handler));
            },
            token, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token)
    {
        return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const auto& from) {
                if (tls_)
                    tls_->async_write_some(from, std::move(handler));
                else
                    socket_.async_write_some(from, std::move(handler));
            },
            token, buffers);
    }

private:
    tcp::socket socket_;
    std::optional<tls_stream> tls_;
};

} // namespace sluice::net
