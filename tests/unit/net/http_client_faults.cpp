// What the HTTP client does when a server is late, silent or gone, and when nobody waits any more.
#include "client_rig.hpp"
#include "net/http_client.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using net::errc;
using test::cancellable;
using test::client_rig;
using test::raw_peer;
using test::request_bytes;

namespace {

const std::string good_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// An address that neither accepts nor refuses: its queue of connections is full.
class deaf_address
{
public:
    explicit deaf_address(test::loop& rig) : acceptor_(rig.io), first_(rig.io)
    {
        acceptor_.open(asio::ip::tcp::v4());
        acceptor_.bind({asio::ip::address_v4::loopback(), 0});
        acceptor_.listen(0);
        first_.connect(where()); // the kernel holds one more than it was asked to
    }

    [[nodiscard]] asio::ip::tcp::endpoint where() const { return acceptor_.local_endpoint(); }

private:
    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket first_;
};

// An address on which nobody listens.
asio::ip::tcp::endpoint dead_address(test::loop& rig)
{
    const asio::ip::tcp::acceptor gone(rig.io, {asio::ip::address_v4::loopback(), 0});
    return gone.local_endpoint();
}

net::resolve_function always(net::addresses found)
{
    return [found](const std::string&, std::uint16_t, steady_time) -> awaitable<net::addresses> {
        co_return found;
    };
}

} // namespace

TEST_CASE("http_client: a server that closed a kept connection is asked again on a new one")
{
    const bool in_good_order = GENERATE(true, false);
    client_rig rig;
    std::vector<std::string> requests;
    rig.start([&]() -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            raw_peer peer = co_await rig.accept();
            requests.push_back(co_await peer.read_message());
            co_await peer.send(good_answer);
            co_await rig.until([&] { return rig.client.open_connections() == 1; });
            if (!in_good_order)
                peer.reset();
        }
    });
    rig.play([&]() -> awaitable<void> {
        const std::string first = co_await rig.fetch();
        co_await rig.until([&] { return requests.size() == 1; });
        net::exchange answer = co_await rig.client.start(request_bytes, rig.in(10s));
        CHECK(answer.resent());
        byte_buffer body;
        co_await answer.read_body(body, 0, rig.in(10s));
        CHECK(body.view() == "ok");
    });
    rig.finish();
    CHECK(requests == std::vector<std::string>(2, request_bytes));
    CHECK(rig.client.connections_opened() == 2);
}

TEST_CASE("http_client: a request is sent a second time only once, and never after a byte came")
{
    const std::string last_words = GENERATE("", "H");
    client_rig rig;
    int requests = 0;
    rig.start([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        co_await peer.read_message();
        co_await peer.send(good_answer);
        co_await peer.read_message(); // on the kept connection
        ++requests;
        co_await peer.send(last_words);
        peer.close();
        if (!last_words.empty())
            co_return;
        raw_peer fresh = co_await rig.accept();
        co_await fresh.read_message();
        ++requests;
    });
    rig.play([&rig]() -> awaitable<void> { co_await rig.fetch(); });
    CHECK(rig.error_of_fetch() == errc::closed);
    rig.finish();
    CHECK(requests == (last_words.empty() ? 2 : 1));
}

TEST_CASE("http_client: an answer that does not come in time is an error and ends the connection")
{
    const std::string so_far = GENERATE(
        "", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhe");
    CAPTURE(so_far);
    client_rig rig;
    const steady_time start = rig.time.now();
    bool closed = false;
    rig.start([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        co_await peer.read_message();
        co_await peer.send(so_far);
        rig.time_flows = true;
        co_await peer.read_all();
        closed = true;
    });
    CHECK(rig.error_of_fetch(25s) == errc::timed_out);
    CHECK(rig.time.now() - start >= 25s);
    rig.finish();
    CHECK(closed);
    CHECK(rig.client.open_connections() == 0);
}

TEST_CASE("http_client: a kept connection that is late is not tried again")
{
    client_rig rig;
    int requests = 0;
    rig.start([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        co_await peer.read_message();
        co_await peer.send(good_answer);
        co_await peer.read_message();
        ++requests;
        rig.time_flows = true;
        co_await peer.read_all();
    });
    rig.play([&rig]() -> awaitable<void> { co_await rig.fetch(); });
    CHECK(rig.error_of_fetch() == errc::timed_out);
    rig.finish();
    CHECK(requests == 1);
    CHECK(rig.client.connections_opened() == 1);
}

TEST_CASE("http_client: a server that does not take the request is late, too")
{
    client_rig rig;
    const std::string request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n" +
                                std::string(20'000'000, 'x');
    error_code ec;
    raw_peer peer(rig.executor());
    rig.start([&]() -> awaitable<void> {
        peer = co_await rig.accept(); // and never reads
        rig.time_flows = true;
    });
    rig.play([&]() -> awaitable<void> {
        try {
            co_await rig.client.start(request, rig.in(5s));
        } catch (const system_error& error) {
            ec = error.code();
        }
    });
    CHECK(ec == errc::timed_out);
    rig.finish();
}

TEST_CASE("http_client: a cancelled request ends with operation_aborted and its connection closed")
{
    const std::string so_far = GENERATE("", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    client_rig rig;
    bool asked = false;
    bool closed = false;
    rig.start([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        co_await peer.read_message();
        co_await peer.send(so_far);
        asked = true;
        co_await peer.read_all();
        closed = true;
    });
    cancellable request(rig, [&rig]() -> awaitable<void> { co_await rig.fetch(); });
    rig.run_until([&asked] { return asked; });
    for (int i = 0; i < 10; ++i)
        rig.io.poll(); // what was sent has been read
    CHECK_FALSE(request.ended);
    request.cancel();
    rig.run_until([&] { return request.ended && closed; });
    CHECK(request.ec == asio::error::operation_aborted);
    CHECK(rig.client.open_connections() == 0);
    rig.finish();
}

TEST_CASE("http_client: an exchange that is dropped before its body was read closes its connection")
{
    client_rig rig;
    rig.start([&rig]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        co_await peer.read_message();
        co_await peer.send(good_answer);
        co_await peer.read_all(); // ends
    });
    rig.play([&rig]() -> awaitable<void> {
        const net::exchange dropped = co_await rig.client.start(request_bytes, rig.in(10s));
        CHECK(rig.client.open_connections() == 1);
    });
    CHECK(rig.client.open_connections() == 0);
    rig.finish();
}

TEST_CASE("http_client: every address of the server is tried")
{
    test::loop loop;
    asio::ip::tcp::acceptor live(loop.io, {asio::ip::address_v4::loopback(), 0});
    const deaf_address deaf(loop);
    const net::addresses found{dead_address(loop), deaf.where(), live.local_endpoint()};
    net::http_client client(loop.executor(), loop.time,
                            {.host = "sqs.test", .port = 80, .path = "/"},
                            {.resolve = always(found)});
    loop.start([&]() -> awaitable<void> {
        raw_peer peer(co_await live.async_accept(asio::use_awaitable));
        co_await peer.read_message();
        co_await peer.send(good_answer);
        co_await peer.read_all();
    });
    loop.time_flows = true;
    loop.play([&]() -> awaitable<void> {
        const net::exchange answer = co_await client.start(request_bytes, loop.time.now() + 10s);
        CHECK(answer.head().status == 200);
    });
    loop.finish();
}

TEST_CASE("http_client: a server without a usable address is named in the error")
{
    test::loop loop;
    const deaf_address deaf(loop);
    struct dead_end
    {
        net::addresses found;
        errc code;
        std::string text;
    };
    for (const dead_end& end :
         {dead_end{{dead_address(loop)}, errc::connect_failed, "sqs.test:80: Connection refused"},
          dead_end{{deaf.where()}, errc::timed_out, "sqs.test:80"},
          dead_end{{deaf.where(), dead_address(loop)},
                   errc::connect_failed,
                   "sqs.test:80: Connection refused"}}) {
        net::http_client client(loop.executor(), loop.time,
                                {.host = "sqs.test", .port = 80, .path = "/"},
                                {.resolve = always(end.found)});
        error_code ec;
        std::string text;
        loop.time_flows = true;
        loop.play([&]() -> awaitable<void> {
            try {
                co_await client.start(request_bytes, loop.time.now() + 10s);
            } catch (const system_error& error) {
                ec = error.code();
                text = error.what();
            }
        });
        CHECK(ec == end.code);
        CHECK_THAT(text, Contains(end.text));
        CHECK(client.open_connections() == 0);
    }
}

TEST_CASE("http_client: a look-up that fails or never ends is an error in time")
{
    test::loop loop;
    const bool silent = GENERATE(false, true);
    const net::resolve_function resolve = [&](const std::string& host, std::uint16_t port,
                                              steady_time deadline) -> awaitable<net::addresses> {
        CHECK(host == "sqs.test");
        CHECK(port == 443);
        sleeper lookup(loop.time);
        if (silent)
            co_await lookup.sleep_until(deadline);
        throw system_error(silent ? errc::timed_out : errc::resolve_failed, host);
    };
    net::http_client client(loop.executor(), loop.time,
                            {.host = "sqs.test", .port = 443, .path = "/"},
                            {.connect_time_max = 3s, .resolve = resolve});
    const steady_time start = loop.time.now();
    loop.time_flows = true;
    error_code ec;
    loop.play([&]() -> awaitable<void> {
        try {
            co_await client.start(request_bytes, loop.time.now() + 60s);
        } catch (const system_error& error) {
            ec = error.code();
        }
    });
    CHECK(ec == (silent ? errc::timed_out : errc::resolve_failed));
    CHECK(loop.time.now() - start < 10s);
}

TEST_CASE("resolver: the operating system knows localhost, and no name with an empty part")
{
    test::loop loop;
    const net::resolve_function resolve = net::system_resolver(loop.executor(), loop.time);
    loop.play([&]() -> awaitable<void> {
        const net::addresses found = co_await resolve("localhost", 80, loop.time.now() + 10s);
        CHECK(found.front().address().is_loopback());
        CHECK(found.front().port() == 80);
        const net::addresses literal = co_await resolve("::1", 81, loop.time.now() + 10s);
        CHECK(literal == net::addresses{{asio::ip::address_v6::loopback(), 81}});
        error_code ec;
        try {
            co_await resolve("sqs..invalid", 80, loop.time.now() + 10s);
        } catch (const system_error& error) {
            ec = error.code();
        }
        CHECK(ec == errc::resolve_failed);
    });
}

TEST_CASE("resolver: a look-up that takes too long is left alone")
{
    test::loop loop;
    const net::resolve_function resolve = net::system_resolver(loop.executor(), loop.time);
    error_code ec;
    loop.play([&]() -> awaitable<void> {
        try {
            co_await resolve("localhost", 80, loop.time.now()); // at once
        } catch (const system_error& error) {
            ec = error.code();
        }
    });
    CHECK(ec == errc::timed_out);
    loop.io.poll(); // its answer still comes, and must find somebody
}
