// What a peer that breaks the rules of HTTP, or would use the server up, gets from it.
#include "net/http_server.hpp"
#include "server_rig.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <unistd.h>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::echo;
using test::raw_peer;
using test::server_rig;

namespace {

const std::string good_request = "GET /good HTTP/1.1\r\nHost: h\r\n\r\n";

// While it lives no descriptor can be opened.
class no_descriptors_left
{
public:
    no_descriptors_left()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int next_free = ::dup(0);
        ::close(next_free);
        const rlimit none{static_cast<rlim_t>(next_free), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    no_descriptors_left(const no_descriptors_left&) = delete;
    no_descriptors_left& operator=(const no_descriptors_left&) = delete;
    ~no_descriptors_left() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

} // namespace

TEST_CASE("http_server: a request that breaks the rules is answered and the connection closed")
{
    struct bad_request
    {
        const char* what;
        std::string bytes;
        const char* status;
    };
    const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
    const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
    const std::vector<bad_request> cases{
        {"no HTTP", "hello there\r\n\r\n", "400 Bad Request"},
        {"no host", "GET / HTTP/1.1\r\n\r\n", "400 Bad Request"},
        {"folded field", post + "A: b\r\n c\r\n\r\n", "400 Bad Request"},
        {"two lengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "400 Bad Request"},
        {"negative length", post + "Content-Length: -1\r\n\r\n", "400 Bad Request"},
        {"broken chunk size", chunked + "zz\r\n", "400 Bad Request"},
        {"chunk longer than it says", chunked + "1\r\nab\r\n", "400 Bad Request"},
        {"endless chunk line", chunked + "1;" + std::string(20'000, 'a'), "400 Bad Request"},
        {"endless trailer", chunked + "0\r\n" + std::string(20'000, 'a'), "400 Bad Request"},
        {"length and chunks", post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
         "400 Bad Request"},
        {"unknown coding", post + "Transfer-Encoding: gzip\r\n\r\n", "501 Not Implemented"},
        {"another version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505 HTTP Version Not Supported"},
        {"long field", post + "A: " + std::string(9'000, 'a') + "\r\n\r\n",
         "431 Request Header Fields Too Large"},
        {"long target", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n",
         "431 Request Header Fields Too Large"},
        {"endless line", std::string(100'000, 'a'), "431 Request Header Fields Too Large"},
        {"long body", post + "Content-Length: 1048577\r\n\r\n", "413 Payload Too Large"},
        {"long chunk", chunked + "100001\r\n", "413 Payload Too Large"},
    };
    server_rig rig(echo);
    for (const bad_request& bad : cases) {
        CAPTURE(bad.what);
        // The good request before it is served; the one behind it never is.
        const std::string answer = rig.answer_to(good_request + bad.bytes + good_request);
        CHECK_THAT(answer, Contains("GET /good []HTTP/1.1 " + std::string(bad.status) + "\r\n"));
        CHECK_THAT(answer, EndsWith("\r\n\r\n" + std::string(bad.status).substr(4) + "\n"));
        CHECK_THAT(answer, Contains("Connection: close\r\n"));
    }
}

TEST_CASE("http_server: many chunks may not add up to more than the limit")
{
    server_rig rig(echo, {.body_bytes_max = 100});
    std::string request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 11; ++i)
        request += "a\r\n0123456789\r\n";
    CHECK_THAT(rig.answer_to(request + "0\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST_CASE("http_server: a peer that trickles a head is answered 408 when the time is up")
{
    server_rig rig(echo);
    rig.play([&rig]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        co_await peer.send(good_request + "GET / HTTP/1.1\r\nHo");
        co_await peer.read_message();
        rig.time_flows = true;
        const std::string answer = co_await peer.read_all();
        CHECK_THAT(answer, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
    });
}

TEST_CASE("http_server: a byte now and then does not win more time for a head")
{
    server_rig rig(echo);
    const steady_time start = rig.time.now();
    raw_peer peer(rig.executor());
    auto trickle = [&rig, &peer]() -> awaitable<void> {
        sleeper rest(rig.time);
        error_code ec;
        while (!ec) {
            co_await rest.sleep_for(1s);
            co_await peer.socket().async_write_some(asio::buffer("a", 1),
                                                    asio::redirect_error(asio::use_awaitable, ec));
        }
    };
    rig.play([&]() -> awaitable<void> {
        co_await peer.connect(rig.server.port());
        co_await peer.send(good_request + "GET / HTTP/1.1\r\nA: ");
        co_await peer.read_message();
        rig.start(trickle);
        rig.time_flows = true;
        const std::string answer = co_await peer.read_all();
        CHECK_THAT(answer, StartsWith("HTTP/1.1 408 "));
        CHECK(rig.time.now() - start < 10s);
    });
    peer.close();
    rig.stop();
    rig.finish();
}

TEST_CASE("http_server: a body that does not come is answered 408 when the time is up")
{
    server_rig rig(echo);
    const std::string length =
        GENERATE("Content-Length: 10", "Content-Length: 500000", "Transfer-Encoding: chunked");
    rig.play([&rig, &length]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        co_await peer.send(good_request + "POST / HTTP/1.1\r\nHost: h\r\n" + length + "\r\n\r\n5");
        co_await peer.read_message();
        rig.time_flows = true;
        const std::string answer = co_await peer.read_all();
        CHECK_THAT(answer, StartsWith("HTTP/1.1 408 "));
    });
}

TEST_CASE("http_server: a connection on which nothing comes is closed without a word")
{
    server_rig rig(echo);
    const steady_time start = rig.time.now();
    rig.play([&rig, start]() -> awaitable<void> {
        raw_peer silent = co_await rig.connect();
        raw_peer idle = co_await rig.connect();
        co_await idle.send(good_request);
        co_await idle.read_message();
        co_await rig.until([&rig] { return rig.server.open_connections() == 2; });
        rig.time_flows = true;
        const std::string word_to_silent = co_await silent.read_all();
        CHECK(rig.time.now() - start < 10s); // header_time_max
        const std::string word_to_idle = co_await idle.read_all();
        CHECK(rig.time.now() - start > 59s); // idle_time_max
        CHECK(word_to_silent.empty());
        CHECK(word_to_idle.empty());
    });
}

TEST_CASE("http_server: a peer that does not take its answer is cut off")
{
    server_rig rig([](const net::http_request&, net::http_response& response) -> awaitable<void> {
        response.body.append(std::string(20'000'000, 'x')); // more than the sockets can hold
        co_return;
    });
    const steady_time start = rig.time.now();
    raw_peer peer(rig.executor());
    rig.play([&]() -> awaitable<void> {
        co_await peer.connect(rig.server.port());
        co_await peer.send(good_request);
    });
    rig.run_until([&] { return peer.socket().available() > 0; });
    rig.time_flows = true;
    rig.run_until([&] { return rig.server.open_connections() == 0; });
    CHECK(rig.time.now() - start >= 30s);
}

TEST_CASE("http_server: one connection too many is told so and closed; the others go on")
{
    server_rig rig(echo, {.connections_max = 2});
    rig.play([&rig]() -> awaitable<void> {
        raw_peer first = co_await rig.connect();
        raw_peer second = co_await rig.connect();
        co_await rig.until([&rig] { return rig.server.open_connections() == 2; });
        raw_peer third = co_await rig.connect();
        const std::string refusal = co_await third.read_all();
        CHECK_THAT(refusal, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
        for (raw_peer* const peer : {&first, &second}) {
            co_await peer->send(good_request);
            const std::string answer = co_await peer->read_message();
            CHECK_THAT(answer, EndsWith("GET /good []"));
        }
        first.close();
        co_await rig.until([&rig] { return rig.server.open_connections() == 1; });
        raw_peer fourth = co_await rig.connect();
        co_await fourth.send(good_request);
        const std::string answer = co_await fourth.read_message();
        CHECK_THAT(answer, EndsWith("GET /good []"));
    });
}

TEST_CASE("http_server: one connection too many takes the place of the one that rests longest")
{
    server_rig rig(echo, {.connections_max = 2});
    rig.play([&rig]() -> awaitable<void> {
        raw_peer busy = co_await rig.connect(); // has sent nothing yet
        raw_peer early = co_await rig.connect();
        co_await early.send(good_request);
        std::string answer = co_await early.read_message();
        CHECK_THAT(answer, EndsWith("GET /good []"));
        for (int i = 0; i < 3; ++i) { // each takes the place of the one before
            raw_peer next = co_await rig.connect();
            co_await next.send(good_request);
            answer = co_await next.read_message();
            CHECK_THAT(answer, EndsWith("GET /good []"));
            answer = co_await early.read_all();
            CHECK(answer.empty());
            early = std::move(next);
        }
        co_await busy.send(good_request);
        answer = co_await busy.read_message();
        CHECK_THAT(answer, EndsWith("GET /good []"));
    });
}

TEST_CASE("http_server: out of descriptors it rests, and then goes on")
{
    server_rig rig(echo);
    raw_peer early(rig.executor());
    raw_peer late(rig.executor());
    rig.play([&]() -> awaitable<void> {
        co_await early.connect(rig.server.port());
        co_await early.send(good_request);
        co_await early.read_message();
        late.socket().open(asio::ip::tcp::v4());
        {
            const no_descriptors_left shortage;
            co_await late.connect(rig.server.port()); // the kernel takes it, the server cannot
            co_await late.send(good_request);
            // The server sleeps before it tries again; those that it has are served meanwhile.
            co_await rig.until([&] { return rig.time.earliest() <= rig.time.now() + 100ms; });
            co_await early.send(good_request);
            const std::string answer = co_await early.read_message();
            CHECK_THAT(answer, EndsWith("GET /good []"));
            CHECK(rig.server.open_connections() == 1);
        }
        rig.time_flows = true;
        const std::string answer = co_await late.read_message();
        CHECK_THAT(answer, EndsWith("GET /good []"));
        rig.time_flows = false;
    });
}

TEST_CASE("http_server: requests beyond the rate are answered later, in order, on all connections")
{
    server_rig rig(echo, {.requests = {.per_second = 10, .burst = 2}});
    raw_peer first(rig.executor());
    raw_peer second(rig.executor());
    const std::string& request = good_request;
    rig.play([&]() -> awaitable<void> {
        co_await first.connect(rig.server.port());
        co_await second.connect(rig.server.port());
        co_await first.send(request + request + request);
        co_await rig.until([&] { return first.socket().available() > 150; });
    });
    const std::size_t two_answers = first.socket().available();
    const steady_time start = rig.time.now();
    rig.time_flows = true;
    rig.run_until([&] { return first.socket().available() > two_answers; });
    CHECK(rig.time.now() - start >= 100ms);
    rig.time_flows = false;
    rig.play([&]() -> awaitable<void> { co_await second.send(request); });
    rig.time_flows = true;
    rig.run_until([&] { return second.socket().available() > 0; });
    CHECK(rig.time.now() - start >= 200ms);
}

TEST_CASE("http_server: connections beyond the rate are accepted many at once")
{
    server_rig rig(echo, {.connections = {.per_second = 10, .burst = 5}});
    std::vector<raw_peer> peers;
    for (int i = 0; i < 20; ++i)
        peers.emplace_back(rig.executor());
    rig.play([&]() -> awaitable<void> {
        for (raw_peer& each : peers)
            co_await each.connect(rig.server.port());
        co_await rig.until([&] { return rig.server.open_connections() == 5; });
    });
    const steady_time start = rig.time.now();
    rig.time_flows = true;
    for (const std::size_t expected : {10, 15, 20}) {
        rig.run_until([&] { return rig.server.open_connections() > expected - 5; });
        rig.time_flows = false;
        rig.play([&]() -> awaitable<void> {
            co_await rig.until([&] { return rig.server.open_connections() == expected; });
        });
        CHECK(rig.time.now() - start >= (expected - 5) * 100ms);
        rig.time_flows = true;
    }
    rig.time_flows = false;
}

TEST_CASE("http_server: what a peer sends beyond the buffer of a connection stays with the peer")
{
    server_rig rig(
        echo, {.connections = {.per_second = 1, .burst = 1}, .receive_buffer_bytes = 4 * 1024});
    raw_peer first(rig.executor());
    raw_peer waiting(rig.executor()); // is not accepted yet
    rig.play([&]() -> awaitable<void> {
        co_await first.connect(rig.server.port());
        co_await waiting.connect(rig.server.port());
    });
    waiting.socket().set_option(asio::socket_base::send_buffer_size(4 * 1024));
    waiting.socket().non_blocking(true);
    const std::string much(1024, 'x');
    std::size_t sent = 0;
    error_code ec;
    while (!ec && sent < 1024 * 1024)
        sent += waiting.socket().write_some(asio::buffer(much), ec);
    CHECK(ec == asio::error::would_block);
    CHECK(sent < 32 * 1024); // of which the buffer of the peer is a part
}

TEST_CASE("http_server: a peer that takes no answer is cut off though the system has room for it")
{
    const auto answer_much = [](const net::http_request&,
                                net::http_response& response) -> awaitable<void> {
        response.body.append(std::string(512 * 1024, 'x'));
        co_return;
    };
    server_rig rig(answer_much, {.send_buffer_bytes = 16 * 1024, .write_time_max = 10s});
    raw_peer deaf(rig.executor());
    rig.play([&]() -> awaitable<void> {
        co_await deaf.connect(rig.server.port());
        co_await deaf.send(good_request);
        co_await rig.until([&] { return deaf.socket().available() > 0; });
    });
    const steady_time start = rig.time.now();
    rig.time_flows = true;
    rig.run_until([&] { return rig.server.open_connections() == 0; });
    rig.time_flows = false;
    CHECK(rig.time.now() - start >= 10s);
    CHECK(rig.time.now() - start < 20s);
}

TEST_CASE("http_server: connections beyond the rate wait, and a stop waits for no turn")
{
    server_rig rig(echo, {.connections = {.per_second = 1, .burst = 1}});
    raw_peer first(rig.executor());
    raw_peer second(rig.executor());
    rig.play([&]() -> awaitable<void> {
        co_await first.connect(rig.server.port());
        co_await second.connect(rig.server.port());
        co_await rig.until([&] { return rig.server.open_connections() == 1; });
    });
    const steady_time start = rig.time.now();
    rig.time_flows = true;
    rig.run_until([&] { return rig.server.open_connections() == 2; });
    CHECK(rig.time.now() - start >= 1s);
    rig.time_flows = false; // as the server stops, which waits for a turn again
}
