// Reads the body of a message whose head is parsed, in whatever way its end is told.
#pragma once

#include "net/input_buffer.hpp"
#include "net/message_parser.hpp"
#include "net/stream.hpp"

#include <algorithm>
#include <optional>

namespace sluice::net {

// Reads at least one byte, or throws: errc::closed at the end of the stream.
awaitable<void> fill(stream& from, input_buffer& in);

// Appends exactly `bytes` to `into`: first what was read already, then straight from the stream.
awaitable<void> read_exactly(std::size_t bytes, stream& from, input_buffer& in, byte_buffer& into);

// Appends all until the peer closes; throws errc::body_too_large beyond `bytes_max`.
awaitable<void> read_to_end(std::size_t bytes_max, stream& from, input_buffer& in,
                            byte_buffer& into);

// What a parser's verdict on chunks means to us.
[[nodiscard]] error_code translate_chunk_error(error_code ec) noexcept;

template <bool IsRequest>
awaitable<void> read_chunks(message_parser<IsRequest>& parser, stream& from, input_buffer& in,
                            byte_buffer& into)
{
    for (;;) {
        error_code ec;
        in.consume(parser.parse_chunks(in.unread(), into, ec));
        if (ec && ec != http::error::need_more)
            throw system_error(translate_chunk_error(ec));
        if (parser.is_done())
            co_return;
        // Chunk data never waits in the buffer: what fills it is an endless line or trailer.
        if (in.unread().size() == in.unread_max())
            throw system_error(errc::malformed_body);
        co_await fill(from, in);
    }
}

// Appends the whole body to `into`.
template <bool IsRequest>
awaitable<void> read_body(message_parser<IsRequest>& parser, stream& from, input_buffer& in,
                          byte_buffer& into)
{
    if (parser.is_done())
        co_return;
    if (parser.chunked())
        co_await read_chunks(parser, from, in, into);
    else if (const auto length = parser.content_length())
        co_await read_exactly(static_cast<std::size_t>(*length), from, in, into);
    else
        co_await read_to_end(parser.body_bytes_max(), from, in, into);
}

} // namespace sluice::net
