// A client of the test, and a server that sends exactly the bytes that the test wants.
#pragma once

#include "loop.hpp"
#include "net/http_client.hpp"
#include "raw_peer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

namespace sluice::test {

inline const std::string request_bytes = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

struct client_rig : loop
{
    asio::ip::tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    net::http_client client;

    explicit client_rig(net::http_client_options options = {})
        : client(io.get_executor(), time, url_for(options), options)
    {}

    [[nodiscard]] net::url url_for(const net::http_client_options& options) const
    {
        return {
            .encrypted = options.tls != nullptr, .host = "127.0.0.1", .port = port(), .path = "/"};
    }
    [[nodiscard]] std::uint16_t port() const { return acceptor.local_endpoint().port(); }
    [[nodiscard]] steady_time in(steady_clock::duration span) const { return time.now() + span; }

    awaitable<raw_peer> accept()
    {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        co_return raw_peer(std::move(socket));
    }

    // Accepts a connection, reads one request, answers with these bytes and closes.
    void answer_once(std::string bytes)
    {
        start([this, bytes = std::move(bytes)]() -> awaitable<void> {
            raw_peer peer = co_await accept();
            co_await peer.read_message();
            co_await peer.send(bytes);
            peer.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
            co_await peer.read_all();
        });
    }

    // One whole request; the body that came.
    awaitable<std::string> fetch(steady_clock::duration patience = std::chrono::seconds(10))
    {
        net::exchange answer = co_await client.start(request_bytes, in(patience));
        byte_buffer body;
        co_await answer.read_body(body, 0, in(patience));
        co_return std::string(body.view());
    }

    // The error that a request ends with.
    error_code error_of_fetch(steady_clock::duration patience = std::chrono::seconds(10))
    {
        error_code ec;
        play([this, &ec, patience]() -> awaitable<void> {
            try {
                co_await fetch(patience);
            } catch (const system_error& error) {
                ec = error.code();
            }
        });
        return ec;
    }
};

// A coroutine of the test that can be cancelled.
class cancellable
{
public:
    cancellable(loop& where, std::function<awaitable<void>()> work) : loop_(where)
    {
        auto on_end = [this](std::exception_ptr failure) {
            ended = true;
            if (!failure)
                return;
            try {
                std::rethrow_exception(failure);
            } catch (const system_error& error) {
                ec = error.code();
            }
        };
        asio::co_spawn(where.io, std::move(work),
                       asio::bind_cancellation_slot(signal_.slot(), std::move(on_end)));
    }

    void cancel()
    {
        // In its own thread of execution: Asio loses track of a signal that comes from elsewhere.
        asio::post(loop_.io, [this] { signal_.emit(asio::cancellation_type::terminal); });
    }

    bool ended = false;
    error_code ec;

private:
    loop& loop_;
    asio::cancellation_signal signal_;
};

} // namespace sluice::test
