// A real session of the HTTP server, its peer at the other end of a pair of sockets.
#pragma once

#include "fuzz/target.hpp"
#include "net/http_session.hpp"
#include "support/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace sluice::fuzz {

inline constexpr std::size_t exchange_bytes_max = 16 * 1024; // fits into the socket at once

// What the server answers to these bytes, when nothing follows them. An answer that would go on
// with time is ended by a stop.
inline std::string answers_to(std::string_view bytes, const net::http_server_options& options,
                              const net::http_handler& handler)
{
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0, "sockets");
    require(::send(ends[1], bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
            "the bytes fit");
    ::shutdown(ends[1], SHUT_WR);

    asio::io_context context;
    test::virtual_clock time; // stands still: nobody is late, and every date is the same
    net::http_date date;
    net::rate_limit unlimited({});
    const net::http_session_context shared{time, options, handler, date, unlimited};
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
        const bool moved = context.poll() > 0;
        got = ::recv(ends[1], piece.data(), piece.size(), 0);
        if (got > 0)
            out.append(piece.data(), static_cast<std::size_t>(got));
        else if (!moved && !ended)
            session.stop();
    }
    ::close(ends[1]);
    return out;
}

// An answer as it should be.
struct reply
{
    unsigned status = 200;
    std::string_view reason = "OK";
    std::string_view content_type = "text/plain; charset=utf-8";
    std::string extra_fields = {};
    std::string body = {};
    bool bodiless = false; // to HEAD
    bool goes_on = false;  // in pieces: has no length, and ends with the connection
};

// Takes what is expected off, or says that it does not stand there.
inline bool take(std::string_view& from, std::string_view expected)
{
    if (!from.starts_with(expected))
        return false;
    from.remove_prefix(expected.size());
    return true;
}

// The whole of it; how the connection goes on is the server's to say.
inline bool take_answer(std::string_view& from, const reply& of, std::string_view connection)
{
    const bool has_body = of.status != 204;
    const bool has_length = has_body && !of.goes_on;
    const std::string length = fmt::format("\r\nContent-Length: {}", of.body.size());
    const std::string text = fmt::format(
        "HTTP/1.1 {} {}\r\nDate: Thu, 15 Jan 2026 00:00:00 GMT{}\r\nContent-Type: {}\r\n"
        "{}{}\r\n{}",
        of.status, of.reason, has_length ? length : "", of.content_type, connection,
        of.extra_fields, has_body && !of.bodiless ? of.body : "");
    return take(from, text);
}

// What is left when every request that could be read was answered: nothing, or one refusal.
inline void check_refusal(std::string_view rest)
{
    constexpr std::array<std::pair<unsigned, std::string_view>, 5> refusals{{
        {400, "Bad Request"},
        {413, "Payload Too Large"},
        {431, "Request Header Fields Too Large"},
        {501, "Not Implemented"},
        {505, "HTTP Version Not Supported"},
    }};
    for (const auto& [status, reason] : refusals) {
        const reply refused{
            .status = status, .reason = reason, .body = fmt::format("{}\n", reason)};
        if (take_answer(rest, refused, "Connection: close\r\n"))
            break;
    }
    require(rest.empty(), "only what cannot be read is refused, as the last answer");
}

// The answers to requests that were all handled are these, in this order and to the byte.
inline void check_answers(std::string_view answers, const std::vector<reply>& expected)
{
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    for (const reply& each : expected) {
        static_cast<void>(take(answers, go_on));
        if (take_answer(answers, each, "Connection: close\r\n")) {
            require(answers.empty() && &each == &expected.back(),
                    "nothing follows the last answer");
            return;
        }
        require(take_answer(answers, each, "") ||
                    take_answer(answers, each, "Connection: keep-alive\r\n"),
                "an answer is what it should be");
    }
    static_cast<void>(take(answers, go_on));
    check_refusal(answers);
}

} // namespace sluice::fuzz
