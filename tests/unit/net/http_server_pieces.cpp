// Answers that go on piece by piece, and what a peer that reads them slowly can use up.
#include "net/http_server.hpp"
#include "server_rig.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::raw_peer;
using test::server_rig;

namespace {

const std::string question = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// Counts the answers whose pieces somebody may still ask for.
struct open_answer
{
    explicit open_answer(int& count) : count_(count) { ++count_; }
    open_answer(const open_answer&) = delete;
    open_answer& operator=(const open_answer&) = delete;
    ~open_answer() { --count_; }

private:
    int& count_;
};

} // namespace

TEST_CASE("http_server: an answer in pieces ends with the last of them and the connection")
{
    server_rig rig([](const net::http_request&, net::http_response& response) -> awaitable<void> {
        response.body.append("one ");
        response.pieces = [left = 2](byte_buffer& piece) mutable -> awaitable<bool> {
            if (left == 0)
                co_return false;
            piece.append(left-- == 2 ? "two " : "three");
            co_return true;
        };
        co_return;
    });
    const std::string answer = rig.answer_to(question);
    CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    CHECK_THAT(answer, Contains("Connection: close\r\n"));
    CHECK_THAT(answer, !Contains("Content-Length"));
    CHECK_THAT(answer, EndsWith("\r\n\r\none two three"));
    CHECK_THAT(rig.answer_to("HEAD" + question.substr(3)), EndsWith("\r\n\r\n"));
}

TEST_CASE("http_server: who waits for a piece is let go when the peer hangs up, and at a stop")
{
    int open = 0;
    std::unique_ptr<server_rig> rig;
    rig = std::make_unique<server_rig>(
        [&](const net::http_request&, net::http_response& response) -> awaitable<void> {
            auto place = std::make_shared<sleeper>(rig->time);
            auto counted = std::make_shared<open_answer>(open);
            response.pieces = [place, counted](byte_buffer& piece) -> awaitable<bool> {
                piece.append("news\n");
                co_await place->sleep_for(1s);
                co_return true;
            };
            co_return;
        });
    raw_peer first(rig->executor());
    raw_peer second(rig->executor());
    rig->play([&]() -> awaitable<void> {
        co_await first.connect(rig->server.port());
        co_await second.connect(rig->server.port());
        co_await first.send(question);
        co_await second.send(question);
        co_await rig->until([&] { return open == 2; });
    });
    first.close();
    rig->time_flows = true;
    rig->run_until([&] { return open == 1; });
    rig->time_flows = false;
    rig->stop();
    rig->finish();
    CHECK(open == 0);
    CHECK(rig->server.open_connections() == 0);
}

TEST_CASE("http_server: who does not take the pieces is cut off, and few of them are made")
{
    constexpr std::size_t piece_bytes = 4'000;
    constexpr std::size_t held_bytes_max = 4'000'000; // by both sockets
    std::size_t made = 0;
    server_rig rig(
        [&made](const net::http_request&, net::http_response& response) -> awaitable<void> {
            response.pieces = [&made](byte_buffer& piece) -> awaitable<bool> {
                ++made;
                piece.append(std::string(piece_bytes, 'x'));
                co_return true;
            };
            co_return;
        },
        {.write_time_max = 10s});
    const steady_time start = rig.time.now();
    raw_peer peer(rig.executor());
    rig.play([&]() -> awaitable<void> {
        peer.socket().open(asio::ip::tcp::v4());
        peer.socket().set_option(asio::socket_base::receive_buffer_size(4'096));
        co_await peer.connect(rig.server.port());
        co_await peer.send(question);
    });
    rig.run_until([&] { return peer.socket().available() > 0; });
    rig.time_flows = true;
    rig.run_until([&] { return rig.server.open_connections() == 0; });
    CHECK(rig.time.now() - start >= 10s);
    CHECK(made * piece_bytes < held_bytes_max);
}

TEST_CASE("http_server: a piece that cannot be made ends its connection, and no other")
{
    server_rig rig([](const net::http_request&, net::http_response& response) -> awaitable<void> {
        response.body.append("so far");
        response.pieces = [](byte_buffer&) -> awaitable<bool> {
            throw std::runtime_error("no more");
            co_return false;
        };
        co_return;
    });
    CHECK_THAT(rig.answer_to(question), EndsWith("so far"));
    CHECK_THAT(rig.answer_to(question), EndsWith("so far"));
}
