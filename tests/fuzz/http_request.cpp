// Requests to the HTTP server (the admin's, and that of the local SQS), as bytes on a connection:
// a real session of the server, its peer at the other end of a pair of sockets.
#include "core/asio_clock.hpp"
#include "fuzz/target.hpp"
#include "net/http_session.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace {

using namespace sluice;
using sluice::fuzz::require;

constexpr std::size_t input_bytes_max = 16 * 1024; // fits into the socket at once

net::http_server_options small_limits()
{
    net::http_server_options out;
    out.header_bytes_max = 1024;
    out.body_bytes_max = 2048;
    return out;
}

// Looks at all there is of a request, and answers it.
awaitable<void> handle(const net::http_request& request, net::http_response& response)
{
    std::size_t bytes = request.method.size() + request.target.size() + request.body.size();
    for (const auto& field : request.fields)
        bytes += field.name.size() + field.value.size();
    require(request.body.size() <= small_limits().body_bytes_max, "the body limit holds");
    require(!request.method.empty() && !request.target.empty(), "a request has a first line");
    response.status = request.target == "/none" ? 204 : 200;
    response.body.append(std::to_string(bytes));
    co_return;
}

// What the server answers to these bytes, when nothing follows them.
std::string answers_to(std::string_view bytes)
{
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0, "sockets");
    require(::send(ends[1], bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
            "the bytes fit");
    ::shutdown(ends[1], SHUT_WR);

    asio::io_context context;
    asio_clock time(context.get_executor());
    const net::http_server_options options = small_limits();
    const net::http_handler handler = handle;
    net::http_date date;
    const net::http_session_context shared{time, options, handler, date};
    net::http_session session({context, asio::ip::tcp::v4(), ends[0]}, shared);
    bool ended = false;
    const auto on_end = [&ended](const std::exception_ptr& failure) {
        require(!failure, "a session never throws");
        ended = true;
    };
    asio::co_spawn(context, session.run(), asio::bind_cancellation_slot(session.slot(), on_end));

    std::string out;
    std::array<char, 4096> piece{};
    ssize_t got = 0;
    while (!ended || got > 0) {
        context.poll();
        got = ::recv(ends[1], piece.data(), piece.size(), 0);
        if (got > 0)
            out.append(piece.data(), static_cast<std::size_t>(got));
    }
    ::close(ends[1]);
    return out;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > input_bytes_max)
        return 0;
    const std::string answers = answers_to(fuzz::as_text(data, size));
    require(answers.empty() || answers.starts_with("HTTP/1.1 "), "answers are HTTP");
    return 0;
}
