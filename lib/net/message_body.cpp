#include "net/message_body.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>

namespace sluice::net {
namespace {

// How much is asked of the stream at once when nobody has made room for more.
constexpr std::size_t read_bytes_min = 64 * 1024;

// Appends what one read brings, at most `bytes_max`; 0 at the end of the stream.
awaitable<std::size_t> read_some(std::size_t bytes_max, stream& from, byte_buffer& into)
{
    const std::size_t size = into.size();
    // A peer that announces much and sends little must not make us allocate much.
    const std::size_t wanted =
        std::min(bytes_max, std::max(into.capacity() - size, read_bytes_min));
    char* const at = into.extend(wanted);
    error_code ec;
    const std::size_t got = co_await from.async_read_some(
        asio::buffer(at, wanted), asio::redirect_error(asio::use_awaitable, ec));
    into.truncate(size + got);
    if (ec && ec != asio::error::eof)
        throw system_error(ec);
    co_return got;
}

} // namespace

awaitable<void> fill(stream& from, input_buffer& in)
{
    error_code ec;
    const std::size_t got =
        co_await from.async_read_some(in.room(), asio::redirect_error(asio::use_awaitable, ec));
    in.commit(got);
    if (ec == asio::error::eof)
        throw system_error(errc::closed);
    if (ec)
        throw system_error(ec);
}

awaitable<void> read_exactly(std::size_t bytes, stream& from, input_buffer& in, byte_buffer& into)
{
    const std::size_t here = std::min(bytes, in.unread().size());
    into.append(in.unread().substr(0, here));
    in.consume(here);
    for (std::size_t left = bytes - here; left > 0;) {
        const std::size_t got = co_await read_some(left, from, into);
        if (got == 0)
            throw system_error(errc::closed);
        left -= got;
    }
}

awaitable<void> read_to_end(std::size_t bytes_max, stream& from, input_buffer& in,
                            byte_buffer& into)
{
    const std::size_t start = into.size();
    into.append(in.unread());
    in.consume(in.unread().size());
    std::size_t got = 1;
    while (got > 0 && into.size() - start <= bytes_max)
        got = co_await read_some(read_bytes_min, from, into);
    if (into.size() - start > bytes_max)
        throw system_error(errc::body_too_large);
}

error_code translate_chunk_error(error_code ec) noexcept
{
    return ec == http::error::body_limit ? errc::body_too_large : errc::malformed_body;
}

} // namespace sluice::net
