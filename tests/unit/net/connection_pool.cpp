// Which connections are kept, for how long, and who waits for them. Through the client.
#include "net/connection_pool.hpp"

#include "client_rig.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using net::errc;
using test::cancellable;
using test::client_rig;
using test::raw_peer;
using test::request_bytes;

namespace {

// Answers every request on every connection at once.
class willing_server
{
public:
    explicit willing_server(client_rig& rig) : rig_(rig)
    {
        rig_.start([this]() -> awaitable<void> {
            error_code ec;
            for (;;) {
                auto socket = co_await rig_.acceptor.async_accept(
                    asio::redirect_error(asio::use_awaitable, ec));
                if (ec)
                    co_return;
                rig_.start(serve(std::make_shared<raw_peer>(std::move(socket))));
            }
        });
    }
    willing_server(const willing_server&) = delete;
    willing_server& operator=(const willing_server&) = delete;
    ~willing_server()
    {
        rig_.client.close_all();
        rig_.acceptor.close();
        rig_.time_flows = false;
        rig_.finish();
    }

    int closed = 0; // connections that the client has closed

private:
    std::function<awaitable<void>()> serve(std::shared_ptr<raw_peer> peer)
    {
        return [this, peer]() -> awaitable<void> {
            try {
                for (;;) {
                    co_await peer->read_message();
                    co_await peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                }
            } catch (const system_error&) { // the client has closed it
                ++closed;
            }
        };
    }

    client_rig& rig_;
};

awaitable<void> finish(net::exchange& exchange, client_rig& rig)
{
    byte_buffer body;
    co_await exchange.read_body(body, 0, rig.in(10s));
}

} // namespace

TEST_CASE("connection_pool: exchanges side by side use connections of their own, which are kept")
{
    client_rig rig;
    willing_server server(rig);
    rig.play([&rig]() -> awaitable<void> {
        for (int round = 0; round < 2; ++round) {
            net::exchange first = co_await rig.client.start(request_bytes, rig.in(10s));
            net::exchange second = co_await rig.client.start(request_bytes, rig.in(10s));
            CHECK(rig.client.open_connections() == 2);
            co_await finish(first, rig);
            co_await finish(second, rig);
        }
    });
    CHECK(rig.client.open_connections() == 2);
    CHECK(rig.client.connections_opened() == 2);
}

TEST_CASE(
    "connection_pool: an idle connection is closed when its time is up, and then all is quiet")
{
    client_rig rig({.limits = {.idle_max = 20s}});
    willing_server server(rig);
    rig.play([&rig]() -> awaitable<void> { co_await rig.fetch(); });
    CHECK(rig.client.open_connections() == 1);
    rig.pass(19s);
    for (int i = 0; i < 10; ++i)
        rig.io.poll();
    CHECK(rig.client.open_connections() == 1);
    rig.time_flows = true;
    rig.run_until([&] { return server.closed == 1; });
    CHECK(rig.client.open_connections() == 0);
    rig.run_until([&rig] { return rig.time.earliest() == never; });
}

TEST_CASE("connection_pool: a connection that was idle for too long is not used, tick or not")
{
    client_rig rig({.limits = {.idle_max = 20s}});
    willing_server server(rig);
    rig.play([&rig]() -> awaitable<void> {
        co_await rig.fetch();
        rig.time.move_to(rig.in(20s));
        co_await rig.fetch();
    });
    CHECK(rig.client.connections_opened() == 2);
}

TEST_CASE("connection_pool: a connection that has reached its age is replaced")
{
    client_rig rig({.limits = {.age_max = 300s}});
    willing_server server(rig);
    rig.play([&rig]() -> awaitable<void> {
        for (int second = 0; second < 600; second += 10) { // never idle for long
            co_await rig.fetch();
            rig.time.move_to(rig.in(10s));
        }
    });
    CHECK(rig.client.connections_opened() == 2);
}

TEST_CASE("connection_pool: every connection looks its server up anew, so a moved name is followed")
{
    // The name of the service, first at one server and then at another.
    asio::ip::tcp::endpoint now_at;
    const net::resolve_function resolve = [&](const std::string&, std::uint16_t,
                                              steady_time) -> awaitable<net::addresses> {
        co_return net::addresses{now_at};
    };
    client_rig first({.limits = {.age_max = 300s}, .resolve = resolve});
    asio::ip::tcp::acceptor second(first.io, {asio::ip::address_v4::loopback(), 0});
    willing_server server(first);
    int came_to_second = 0;
    first.start([&]() -> awaitable<void> {
        raw_peer peer(co_await second.async_accept(asio::use_awaitable));
        co_await peer.read_message();
        ++came_to_second;
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        co_await peer.read_all();
    });
    now_at = first.acceptor.local_endpoint();
    first.play([&]() -> awaitable<void> {
        co_await first.fetch();
        now_at = second.local_endpoint();
        co_await first.fetch();
        CHECK(came_to_second == 0); // the connection is young and works
        first.time.move_to(first.in(301s));
        co_await first.fetch();
        CHECK(came_to_second == 1);
    });
}

TEST_CASE("connection_pool: an idle connection whose peer has hung up is not used")
{
    client_rig rig;
    rig.start([&rig]() -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            raw_peer peer = co_await rig.accept();
            co_await peer.read_message();
            co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    rig.play([&rig]() -> awaitable<void> {
        co_await rig.fetch();
        rig.time.move_to(rig.in(2s)); // long enough to look whether it is still there
        net::exchange answer = co_await rig.client.start(request_bytes, rig.in(10s));
        CHECK_FALSE(answer.resent());
    });
    CHECK(rig.client.connections_opened() == 2);
    rig.finish();
}

TEST_CASE("connection_pool: who finds all connections in use waits his turn")
{
    client_rig rig({.limits = {.connections_max = 1}});
    willing_server server(rig);
    std::string order;
    rig.play([&]() -> awaitable<void> {
        net::exchange first = co_await rig.client.start(request_bytes, rig.in(10s));
        for (const char name : {'a', 'b', 'c'})
            rig.start([&rig, &order, name]() -> awaitable<void> {
                co_await rig.fetch();
                order += name;
            });
        co_await rig.until([n = 0]() mutable { return ++n == 100; });
        CHECK(order.empty());
        co_await finish(first, rig);
        const std::string late_comer = co_await rig.fetch();
        CHECK(order == "abc");
    });
    CHECK(rig.client.connections_opened() == 1);
}

TEST_CASE("connection_pool: who waits too long for a connection gets an error in time")
{
    client_rig rig({.limits = {.connections_max = 1}});
    willing_server server(rig);
    rig.play([&]() -> awaitable<void> {
        net::exchange first = co_await rig.client.start(request_bytes, rig.in(100s));
        rig.time_flows = true;
        error_code ec;
        try {
            co_await rig.fetch(5s);
        } catch (const system_error& error) {
            ec = error.code();
        }
        CHECK(ec == errc::timed_out);
        co_await finish(first, rig);
        const std::string next = co_await rig.fetch();
        CHECK(next == "ok");
    });
}

TEST_CASE("connection_pool: a waiter that is cancelled when its turn comes passes the turn on")
{
    client_rig rig({.limits = {.connections_max = 1}});
    willing_server server(rig);
    auto holder = std::make_unique<std::optional<net::exchange>>();
    rig.play([&]() -> awaitable<void> {
        holder->emplace(co_await rig.client.start(request_bytes, rig.in(10s)));
    });
    cancellable first(rig, [&rig]() -> awaitable<void> { co_await rig.fetch(); });
    cancellable second(rig, [&rig]() -> awaitable<void> { co_await rig.fetch(); });
    for (int i = 0; i < 10; ++i)
        rig.io.poll();
    holder->reset(); // wakes the first ...
    first.cancel();  // ... who is cancelled in the same moment
    rig.run_until([&] { return first.ended && second.ended; });
    CHECK(first.ec == asio::error::operation_aborted);
    CHECK(!second.ec);
}

TEST_CASE("connection_pool: close_all closes what is idle, and what is in use when it is done")
{
    client_rig rig;
    willing_server server(rig);
    rig.play([&]() -> awaitable<void> {
        net::exchange used = co_await rig.client.start(request_bytes, rig.in(10s));
        co_await rig.fetch();
        CHECK(rig.client.open_connections() == 2);
        rig.client.close_all();
        CHECK(rig.client.open_connections() == 1);
        co_await finish(used, rig);
        CHECK(rig.client.open_connections() == 0);
        rig.time.move_to(rig.in(1s));
        co_await rig.fetch();
        CHECK(rig.client.open_connections() == 1); // and new ones are kept again
    });
}
