// What a handler of the HTTP server is given, and what it gives back.
#pragma once

#include "core/byte_buffer.hpp"
#include "net/http_field.hpp"
#include "net/stream.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::net {

// A whole request. The views are valid until the handler has ended.
struct http_request
{
    std::string_view method; // as the peer wrote it: "POST"
    std::string_view target;
    std::span<const http_field> fields;
    std::string_view body;
    asio::ip::tcp::endpoint peer;
    stream* connection = nullptr;

    // The value of the first header field of that name, in any case; empty if there is none.
    [[nodiscard]] std::string_view field(std::string_view name) const noexcept
    {
        return find_field(fields, name);
    }

    // Whether nobody waits for the answer any more. A handler that has waited for something that
    // can be given away once (a message) asks before it takes it. One system call.
    [[nodiscard]] bool peer_gone() const { return connection->peer_gone(); }
};

// Appends the next piece of an answer that has no end of its own, and returns whether there was
// one. May wait long; is cancelled when the peer hangs up, or on stop().
using next_piece = std::function<awaitable<bool>(byte_buffer& into)>;

// The answer; Date, Connection and Content-Length are the server's. Reused from request to request.
struct http_response
{
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8"; // none is sent if empty
    std::string extra_fields;                               // whole lines: "Name: value\r\n"
    byte_buffer body;
    bool close = false; // end the connection after this answer
    // If set, the body goes on with pieces until there is none, and ends with the connection. One
    // is asked for when the peer has taken the one before: who reads slowly gets fewer, and nothing
    // waits for him in memory.
    next_piece pieces{};
};

} // namespace sluice::net
