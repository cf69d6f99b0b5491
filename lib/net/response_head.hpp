// The first lines of an answer of the HTTP server.
#pragma once

#include "net/http_message.hpp"

#include <string_view>

namespace sluice::net {

struct response_form
{
    bool keep_alive = true;
    int version = 11; // that of the request: 10 or 11
};

// "Not Found"
[[nodiscard]] std::string_view reason_of(unsigned status);

// Whether an answer with this status has a body, be it an empty one.
[[nodiscard]] constexpr bool may_have_body(unsigned status) noexcept
{
    return status >= 200 && status != 204 && status != 304;
}

// Writes the head over `out`, up to and including the empty line.
void render_head(const http_response& response, response_form form, std::string_view date,
                 byte_buffer& out);

} // namespace sluice::net
