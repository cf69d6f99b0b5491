// What the HTTP client makes of the answers of a server.
#include "net/http_client.hpp"

#include "client_rig.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using net::errc;
using test::client_rig;
using test::raw_peer;
using test::request_bytes;

namespace {

const std::string ok = "HTTP/1.1 200 OK\r\n";

// Answers `count` requests on one connection.
std::function<awaitable<void>()> serve(client_rig& rig, int count, std::string answer)
{
    return [&rig, count, answer = std::move(answer)]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        for (int i = 0; i < count; ++i) {
            co_await peer.read_message();
            co_await peer.send(answer);
        }
        co_await peer.read_all();
    };
}

} // namespace

TEST_CASE("http_client: one connection carries one exchange after another")
{
    client_rig rig;
    rig.start(serve(rig, 3, ok + "Content-Length: 5\r\n\r\nhello"));
    rig.play([&rig]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const std::string body = co_await rig.fetch();
            CHECK(body == "hello");
            CHECK(rig.client.open_connections() == 1);
        }
    });
    CHECK(rig.client.connections_opened() == 1);
    rig.client.close_all();
    rig.finish();
}

TEST_CASE("http_client: the request arrives as it was rendered, and the head tells what came")
{
    client_rig rig;
    const std::string request =
        "POST /q HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nexactly\n" + std::string(1, '\0');
    std::string received;
    rig.start([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        received = co_await peer.read_message();
        co_await peer.send("HTTP/1.1 404 Not Found\r\nDate: Thu, 15 Jan 2026 09:30:00 GMT\r\n"
                           "x-amzn-RequestId: r-1\r\nContent-Length: 2\r\n\r\n{}");
        co_await peer.read_all();
    });
    rig.play([&]() -> awaitable<void> {
        rig.time.move_to(rig.in(1s));
        net::exchange answer = co_await rig.client.start(request, rig.in(10s));
        CHECK(answer.head().status == 404);
        CHECK(answer.head().field("X-Amzn-RequestId") == "r-1");
        CHECK(answer.head().field("date") == "Thu, 15 Jan 2026 09:30:00 GMT");
        CHECK(answer.head().field("Content-Type").empty());
        CHECK(answer.content_length() == 2);
        CHECK(answer.first_byte_at() == rig.time.now());
        CHECK_FALSE(answer.resent());
    });
    rig.finish(); // the body was never read: the connection is closed
    CHECK(received == request);
    CHECK(rig.client.open_connections() == 0);
}

TEST_CASE("http_client: the body is appended, with the padding that was asked for behind it")
{
    client_rig rig;
    const std::string answer_bytes =
        GENERATE(ok + "Content-Length: 5\r\n\r\nhello",
                 ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    rig.start(serve(rig, 1, answer_bytes));
    rig.play([&rig]() -> awaitable<void> {
        net::exchange answer = co_await rig.client.start(request_bytes, rig.in(10s));
        byte_buffer body;
        body.append("before ");
        co_await answer.read_body(body, 1000, rig.in(10s));
        CHECK(body.view() == "before hello");
        CHECK(body.capacity() >= body.size() + 1000);
    });
    rig.client.close_all();
    rig.finish();
}

TEST_CASE("http_client: the end of a body is found in every way that HTTP knows")
{
    struct form
    {
        const char* what;
        std::string bytes;
        std::string body;
        std::optional<std::uint64_t> length;
        bool kept;
    };
    const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
    const std::vector<form> forms{
        {"length", ok + "Content-Length: 3\r\n\r\nabc", "abc", 3, true},
        {"length 0", ok + "Content-Length: 0\r\n\r\n", "", 0, true},
        {"chunks", ok + chunked + "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc", std::nullopt, true},
        {"trailer", ok + chunked + "3\r\nabc\r\n0\r\nA: b\r\n\r\n", "abc", std::nullopt, true},
        {"no chunk", ok + chunked + "0\r\n\r\n", "", std::nullopt, true},
        {"until close", ok + "\r\nabc", "abc", std::nullopt, false},
        {"until close, empty", ok + "\r\n", "", std::nullopt, false},
        {"no content", "HTTP/1.1 204 No Content\r\n\r\n", "", 0, true},
        {"asked to close", ok + "Connection: close\r\nContent-Length: 3\r\n\r\nabc", "abc", 3,
         false},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", 3, false},
        {"more than was said", ok + "Content-Length: 3\r\n\r\nabcd", "abc", 3, false},
        {"interim",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + ok +
             "Content-Length: 3\r\n\r\nabc",
         "abc", 3, true},
    };
    for (const form& each : forms) {
        CAPTURE(each.what);
        client_rig rig;
        rig.answer_once(each.bytes);
        rig.play([&]() -> awaitable<void> {
            net::exchange answer = co_await rig.client.start(request_bytes, rig.in(10s));
            CHECK(answer.content_length() == each.length);
            byte_buffer body;
            co_await answer.read_body(body, 0, rig.in(10s));
            CHECK(body.view() == each.body);
        });
        CHECK(rig.client.open_connections() == (each.kept ? 1 : 0));
        rig.client.close_all();
        rig.finish();
    }
}

TEST_CASE("http_client: an answer that comes byte by byte is read whole")
{
    client_rig rig;
    const std::string bytes =
        GENERATE(ok + "Content-Length: 11\r\n\r\nhello world",
                 ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
                 ok + "Content-Type: text/plain\r\n\r\nhello world");
    rig.start([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        peer.socket().set_option(asio::ip::tcp::no_delay(true));
        co_await peer.read_message();
        for (const char byte : bytes)
            co_await peer.send(std::string(1, byte));
    });
    rig.play([&rig]() -> awaitable<void> {
        const std::string body = co_await rig.fetch();
        CHECK(body == "hello world");
    });
    rig.finish();
}

TEST_CASE("http_client: bodies larger than every buffer come whole")
{
    std::string text;
    for (int i = 0; text.size() < 5'000'000; ++i)
        text += std::to_string(i);
    const bool chunked = GENERATE(false, true);
    std::string answer = ok;
    if (chunked) {
        answer += "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < text.size(); at += 100'000) {
            const std::string piece = text.substr(at, 100'000);
            answer += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
        }
        answer += "0\r\n\r\n";
    } else {
        answer += fmt::format("Content-Length: {}\r\n\r\n{}", text.size(), text);
    }
    client_rig rig;
    rig.answer_once(answer);
    rig.play([&]() -> awaitable<void> {
        const std::string body = co_await rig.fetch();
        const bool same = body == text;
        CHECK(same);
    });
    rig.client.close_all();
    rig.finish();
}

TEST_CASE("http_client: a malformed or truncated answer is an error, never an empty one")
{
    struct bad_answer
    {
        const char* what;
        std::string bytes;
        errc code;
    };
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    std::string interim;
    for (int i = 0; i < 10; ++i)
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    const std::vector<bad_answer> cases{
        {"nothing", "", errc::closed},
        {"half a head", "HTTP/1.1 200 OK\r\nContent-Le", errc::closed},
        {"half a body", ok + "Content-Length: 10\r\n\r\nhello", errc::closed},
        {"no body", ok + "Content-Length: 10\r\n\r\n", errc::closed},
        {"half a chunk", chunked + "a\r\nhello", errc::closed},
        {"no last chunk", chunked + "5\r\nhello\r\n", errc::closed},
        {"half a last chunk", chunked + "5\r\nhello\r\n0\r\n", errc::closed},
        {"no HTTP", "hello\r\n\r\n", errc::malformed_header},
        {"HTTP/0.9", "<html><body>hello</body></html>\r\n\r\n", errc::malformed_header},
        {"TLS", "\x15\x03\x01\x02\x02\x46\r\n\r\n", errc::malformed_header},
        {"status", "HTTP/1.1 2x0 OK\r\n\r\n", errc::malformed_header},
        {"two lengths", ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
         errc::malformed_header},
        {"negative length", ok + "Content-Length: -1\r\n\r\n", errc::malformed_header},
        {"length and chunks", ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         errc::malformed_header},
        {"unknown coding", ok + "Transfer-Encoding: gzip\r\n\r\n", errc::malformed_header},
        {"folded field", ok + "A: b\r\n c\r\n\r\n", errc::malformed_header},
        {"another protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n", errc::malformed_header},
        {"endless interim", interim + ok + "Content-Length: 0\r\n\r\n", errc::malformed_header},
        {"long field", ok + "A: " + std::string(20'000, 'a') + "\r\n\r\n", errc::header_too_large},
        {"chunk size", chunked + "zz\r\n\r\n", errc::malformed_body},
        {"chunk end", chunked + "1\r\nab\r\n0\r\n\r\n", errc::malformed_body},
        {"endless chunk line", chunked + "1;" + std::string(20'000, 'a'), errc::malformed_body},
        {"endless trailer", chunked + "0\r\n" + std::string(20'000, 'a'), errc::malformed_body},
        {"long length", ok + "Content-Length: 1001\r\n\r\n", errc::body_too_large},
        {"long chunk", chunked + "3e9\r\n", errc::body_too_large},
        {"chunks", chunked + "3e8\r\n" + std::string(1000, 'a') + "\r\n1\r\n",
         errc::body_too_large},
        {"until close", ok + "\r\n" + std::string(1001, 'a'), errc::body_too_large},
    };
    for (const bad_answer& bad : cases) {
        CAPTURE(bad.what);
        client_rig rig({.body_bytes_max = 1000});
        rig.answer_once(bad.bytes);
        CHECK(rig.error_of_fetch() == bad.code);
        CHECK(rig.client.open_connections() == 0);
        CHECK(rig.client.connections_opened() == 1);
        rig.finish();
    }
}

TEST_CASE("http_client: a body as long as the limit is none too long")
{
    client_rig rig({.body_bytes_max = 1000});
    const std::string text(1000, 'a');
    rig.answer_once(
        GENERATE_COPY(ok + "Content-Length: 1000\r\n\r\n" + text, ok + "\r\n" + text,
                      ok + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + text + "\r\n0\r\n\r\n"));
    rig.play([&]() -> awaitable<void> {
        const std::string body = co_await rig.fetch();
        CHECK(body == text);
    });
    rig.client.close_all();
    rig.finish();
}

TEST_CASE("http_client: no deadline runs between the head and the body")
{
    client_rig rig;
    rig.start(serve(rig, 1, ok + "Content-Length: 100000\r\n\r\n" + std::string(100'000, 'x')));
    rig.play([&rig]() -> awaitable<void> {
        net::exchange answer = co_await rig.client.start(request_bytes, rig.in(10s));
        sleeper budget(rig.time);
        rig.time_flows = true;
        co_await budget.sleep_for(100s); // the caller waits for memory
        rig.time_flows = false;
        byte_buffer body;
        co_await answer.read_body(body, 0, rig.in(10s));
        CHECK(body.size() == 100'000);
    });
    rig.client.close_all();
    rig.finish();
}
