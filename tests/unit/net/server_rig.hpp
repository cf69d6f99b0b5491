// A server of the test on a free port of the loopback, and its loop.
#pragma once

#include "loop.hpp"
#include "net/http_server.hpp"
#include "raw_peer.hpp"

#include <boost/asio/post.hpp>

#include <fmt/format.h>

namespace sluice::test {

struct server_rig : loop
{
    net::http_server server;

    explicit server_rig(net::http_handler handler, net::http_server_options options = {})
        : server(io.get_executor(), time, std::move(options), std::move(handler))
    {
        start([this] { return server.run(); });
    }

    ~server_rig()
    {
        stop();
        finish();
    }

    // On the executor, as stop() demands.
    void stop()
    {
        asio::post(io, [this] { server.stop(); });
    }

    // A connection to the server.
    awaitable<raw_peer> connect()
    {
        raw_peer peer(io.get_executor());
        co_await peer.connect(server.port());
        co_return peer;
    }

    // What the server answers to these bytes before it closes the connection.
    std::string answer_to(std::string bytes)
    {
        std::string answer;
        play([this, &bytes, &answer]() -> awaitable<void> {
            raw_peer peer = co_await connect();
            co_await peer.send(bytes);
            answer = co_await peer.read_all();
        });
        return answer;
    }
};

// Answers with what was asked.
inline awaitable<void> echo(const net::http_request& request, net::http_response& response)
{
    response.body.append(fmt::format("{} {} [{}]", request.method, request.target, request.body));
    co_return;
}

} // namespace sluice::test
