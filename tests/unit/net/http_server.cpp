// What a well-behaved peer gets from the HTTP server.
#include "net/http_server.hpp"

#include "server_rig.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::echo;
using test::raw_peer;
using test::server_rig;

TEST_CASE("http_server: one connection carries one request after another")
{
    server_rig rig(echo);
    rig.play([&rig]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        for (int i = 0; i < 3; ++i) {
            co_await peer.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz");
            const std::string answer = co_await peer.read_message();
            CHECK(answer == "HTTP/1.1 200 OK\r\nDate: Thu, 15 Jan 2026 00:00:00 GMT\r\n"
                            "Content-Length: 13\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                            "POST /a [xyz]");
        }
        CHECK(rig.server.open_connections() == 1);
    });
}

TEST_CASE("http_server: requests sent at once are answered in order")
{
    server_rig rig(echo);
    std::string requests;
    for (int i = 0; i < 200; ++i)
        requests += fmt::format("POST /{0} HTTP/1.1\r\nHost: h\r\nContent-Length: {1}\r\n\r\n{2}",
                                i, i * 10, std::string(i * 10, 'x'));
    rig.play([&rig, &requests]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        auto send_all = [&peer, &requests] { return peer.send(requests); };
        rig.start(send_all); // while we read: neither side may wait for the other
        for (int i = 0; i < 200; ++i) {
            const std::string answer = co_await peer.read_message();
            CHECK_THAT(answer,
                       EndsWith(fmt::format("\r\n\r\nPOST /{} [{}]", i, std::string(i * 10, 'x'))));
        }
    });
}

TEST_CASE("http_server: a request that comes byte by byte is read whole")
{
    server_rig rig(echo);
    rig.play([&rig]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        peer.socket().set_option(asio::ip::tcp::no_delay(true));
        for (const char byte :
             std::string("PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok"))
            co_await peer.send(std::string(1, byte));
        const std::string answer = co_await peer.read_message();
        CHECK_THAT(answer, EndsWith("\r\n\r\nPUT /b [ok]"));
    });
}

TEST_CASE("http_server: a chunked body is handed over whole, and what follows is the next request")
{
    server_rig rig(echo);
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    rig.play([&rig, &head]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        co_await peer.send(head + "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nTrailer: x\r\n\r\n" +
                           head + "0\r\n\r\n");
        const std::string answer = co_await peer.read_message();
        CHECK_THAT(answer, EndsWith("\r\n\r\nPOST / [hello world]"));
        const std::string next = co_await peer.read_message();
        CHECK_THAT(next, EndsWith("\r\n\r\nPOST / []"));
    });
}

TEST_CASE("http_server: bodies of every size around the buffer come whole")
{
    server_rig rig(echo);
    for (const std::size_t size : {1, 16'000, 16'383, 16'384, 16'385, 70'000, 1'000'000}) {
        rig.play([&rig, size]() -> awaitable<void> {
            raw_peer peer = co_await rig.connect();
            const std::string body(size, 'b');
            const std::string request = fmt::format(
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", size, body);
            auto send_twice = [&peer, &request] { return peer.send(request + request); };
            rig.start(send_twice);
            for (int i = 0; i < 2; ++i) {
                const std::string answer = co_await peer.read_message();
                const bool whole = answer.ends_with("POST / [" + body + "]");
                CHECK(whole);
            }
        });
    }
}

TEST_CASE("http_server: a handler reads fields in any case and sets status, type and fields")
{
    server_rig rig(
        [](const net::http_request& request, net::http_response& response) -> awaitable<void> {
            CHECK(request.field("X-AMZ-TARGET") == "AmazonSQS.ReceiveMessage");
            CHECK(request.field("absent").empty());
            CHECK(request.peer.address().is_loopback());
            response.status = 404;
            response.content_type = "application/x-amz-json-1.0";
            response.extra_fields += "x-amzn-RequestId: 1\r\n";
            response.body.append("{}");
            co_return;
        });
    rig.play([&rig]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        co_await peer.send(
            "POST / HTTP/1.1\r\nhost: h\r\nx-amz-target: AmazonSQS.ReceiveMessage\r\n\r\n");
        const std::string answer = co_await peer.read_message();
        CHECK_THAT(answer, StartsWith("HTTP/1.1 404 Not Found\r\n"));
        CHECK_THAT(answer, Contains("\r\nContent-Type: application/x-amz-json-1.0\r\n"));
        CHECK_THAT(answer, EndsWith("\r\nx-amzn-RequestId: 1\r\n\r\n{}"));
    });
}

TEST_CASE("http_server: an answer without a body has none")
{
    server_rig rig(
        [](const net::http_request& request, net::http_response& response) -> awaitable<void> {
            response.body.append("text");
            if (request.target == "/none")
                response.status = 204;
            co_return;
        });
    rig.play([&rig]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        co_await peer.send("GET /none HTTP/1.1\r\nHost: h\r\n\r\n");
        const std::string none = co_await peer.read_message();
        CHECK_THAT(none, StartsWith("HTTP/1.1 204 No Content\r\n"));
        CHECK_THAT(none, !Contains("Content-Length"));
        // HEAD tells the length that GET would have, and sends nothing: the next answer follows.
        co_await peer.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        const std::string answer = co_await peer.read_all();
        CHECK_THAT(answer, Contains("Content-Length: 4\r\n") && EndsWith("\r\n\r\n"));
    });
}

TEST_CASE("http_server: the connection stays or goes as the peer and the handler wish")
{
    server_rig rig(
        [](const net::http_request& request, net::http_response& response) -> awaitable<void> {
            response.close = request.target == "/close";
            co_return;
        });
    // read_all returns only if the server closes.
    CHECK_THAT(rig.answer_to("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
               Contains("Connection: close\r\n"));
    CHECK_THAT(rig.answer_to("GET /close HTTP/1.1\r\nHost: h\r\n\r\n"),
               Contains("Connection: close\r\n"));
    CHECK_THAT(rig.answer_to("GET / HTTP/1.0\r\n\r\n"), Contains("Connection: close\r\n"));
    CHECK_THAT(
        rig.answer_to("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
        Contains("Connection: keep-alive\r\n") && Contains("Connection: close\r\n"));
}

TEST_CASE("http_server: a peer that waits for 100 Continue gets it")
{
    server_rig rig(echo);
    rig.play([&rig]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        co_await peer.send(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        const std::string go_on = co_await peer.read_message();
        CHECK(go_on == "HTTP/1.1 100 Continue\r\n\r\n");
        co_await peer.send("ok");
        const std::string answer = co_await peer.read_message();
        CHECK_THAT(answer, EndsWith("POST / [ok]"));
    });
}

TEST_CASE("http_server: an exception of the handler is answered 500 without a word of it")
{
    server_rig rig([](const net::http_request&, net::http_response& response) -> awaitable<void> {
        response.body.append("half an answer");
        response.extra_fields = "X: y\r\n";
        throw std::runtime_error("secret");
        co_return;
    });
    const std::string answer =
        rig.answer_to("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
    CHECK_THAT(answer, EndsWith("\r\n\r\ninternal error\n"));
    CHECK_THAT(answer, !Contains("secret") && !Contains("half") && !Contains("X: y"));
}

TEST_CASE("http_server: a handler that waits holds up nobody else")
{
    server_rig* server = nullptr;
    sleeper* bed = nullptr;
    server_rig rig(
        [&](const net::http_request& request, net::http_response& response) -> awaitable<void> {
            if (request.target == "/wait")
                co_await bed->sleep_for(20s);
            co_await echo(request, response);
        });
    server = &rig;
    sleeper waiting(rig.time);
    bed = &waiting;
    rig.play([&]() -> awaitable<void> {
        raw_peer poller = co_await rig.connect();
        co_await poller.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
        raw_peer other = co_await rig.connect();
        for (int i = 0; i < 5; ++i) {
            co_await other.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
            const std::string answer = co_await other.read_message();
            CHECK_THAT(answer, EndsWith("GET /other []"));
        }
        server->time_flows = true;
        const std::string answer = co_await poller.read_message();
        CHECK_THAT(answer, EndsWith("GET /wait []"));
        server->time_flows = false;
    });
}

TEST_CASE("http_server: a handler is cancelled when its peer hangs up")
{
    const bool in_good_order = GENERATE(true, false);
    sleeper* bed = nullptr;
    bool waiting = false;
    bool cancelled = false;
    bool gone = false;
    server_rig rig([&](const net::http_request& request, net::http_response&) -> awaitable<void> {
        waiting = true;
        CHECK_FALSE(request.peer_gone());
        try {
            co_await bed->sleep();
        } catch (const system_error& error) {
            cancelled = error.code() == asio::error::operation_aborted;
            gone = request.peer_gone();
            throw;
        }
    });
    sleeper poll(rig.time);
    bed = &poll;
    rig.play([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        // Bytes that wait behind the request must not hide the hang-up.
        co_await peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\n");
        co_await rig.until([&] { return waiting; });
        if (in_good_order)
            peer.close();
        else
            peer.reset();
    });
    rig.time_flows = true;
    rig.run_until([&] { return rig.server.open_connections() == 0; });
    CHECK(cancelled);
    CHECK(gone);
}

TEST_CASE("http_server: stop cancels those who wait and ends the server")
{
    sleeper* bed = nullptr;
    int waiting = 0;
    server_rig rig([&](const net::http_request&, net::http_response&) -> awaitable<void> {
        ++waiting;
        co_await bed->sleep();
    });
    sleeper poll(rig.time);
    bed = &poll;
    raw_peer idle(rig.io.get_executor());
    raw_peer polling(rig.io.get_executor());
    raw_peer halfway(rig.io.get_executor());
    rig.play([&]() -> awaitable<void> {
        co_await idle.connect(rig.server.port());
        co_await halfway.connect(rig.server.port());
        co_await halfway.send("GET / HT");
        co_await polling.connect(rig.server.port());
        co_await polling.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    });
    rig.run_until([&] { return waiting == 1 && rig.server.open_connections() == 3; });
    rig.stop();
    rig.finish(); // run() has returned
    CHECK(rig.server.open_connections() == 0);
    rig.play([&]() -> awaitable<void> {
        for (raw_peer* const peer : {&idle, &halfway, &polling}) {
            const std::string answer = co_await peer->read_all();
            CHECK(answer.empty());
        }
    });
}

TEST_CASE("http_server: an answer that is being written when stop comes is written to its end")
{
    constexpr std::size_t body_bytes = 20'000'000; // more than the sockets can hold
    server_rig rig([](const net::http_request&, net::http_response& response) -> awaitable<void> {
        response.body.append(std::string(body_bytes, 'x'));
        co_return;
    });
    rig.play([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.connect();
        co_await peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        char first = 0;
        co_await peer.socket().async_read_some(asio::buffer(&first, 1), asio::use_awaitable);
        rig.server.stop();
        const std::string rest = co_await peer.read_all();
        CHECK(rest.size() > body_bytes);
    });
    rig.finish();
}

TEST_CASE("http_server: a cancelled run ends like a stopped one")
{
    test::loop loop;
    net::http_server server(loop.executor(), loop.time, {}, echo);
    asio::cancellation_signal cancel;
    bool ended = false;
    std::exception_ptr failure;
    auto run = [&server] { return server.run(); };
    auto on_end = [&](std::exception_ptr thrown) {
        ended = true;
        failure = std::move(thrown);
    };
    asio::co_spawn(loop.io, run, asio::bind_cancellation_slot(cancel.slot(), on_end));
    raw_peer peer(loop.executor());
    loop.play([&]() -> awaitable<void> {
        co_await peer.connect(server.port());
        co_await peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        co_await peer.read_message();
    });
    asio::post(loop.io, [&cancel] { cancel.emit(asio::cancellation_type::terminal); });
    loop.run_until([&] { return ended; });
    CHECK(failure == nullptr);
    CHECK(server.open_connections() == 0);
}

TEST_CASE("http_server: a port that is taken is named in the error")
{
    server_rig rig(echo);
    const net::http_server_options taken{
        .listen = {asio::ip::address_v4::loopback(), rig.server.port()}};
    CHECK_THROWS_WITH(net::http_server(rig.executor(), rig.time, taken, echo),
                      StartsWith(fmt::format("cannot listen on 127.0.0.1:{}", rig.server.port())));
}
