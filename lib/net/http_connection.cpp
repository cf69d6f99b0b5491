#include "net/http_connection.hpp"

#include "net/message_body.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/x509_vfy.h>

namespace sluice::net {
namespace {

constexpr std::size_t input_bytes = 16 * 1024;
constexpr std::size_t interim_answers_max = 5; // "100 Continue" and the like, before the answer

using tcp = stream::tcp;
template <int Name>
using tcp_option = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

// So that a peer which vanished without a word is found out while nothing is sent.
void watch_the_wire(tcp::socket& socket)
{
    error_code ignored; // none of it is needed for a connection that works
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    socket.set_option(tcp_option<TCP_KEEPIDLE>(15), ignored);         // seconds of silence
    socket.set_option(tcp_option<TCP_KEEPINTVL>(5), ignored);         // seconds between probes
    socket.set_option(tcp_option<TCP_KEEPCNT>(3), ignored);           // probes without an answer
    socket.set_option(tcp_option<TCP_USER_TIMEOUT>(20'000), ignored); // milliseconds unacknowledged
}

bool is_broken_connection(error_code ec) noexcept
{
    return ec == asio::error::eof || ec == asio::error::connection_reset ||
           ec == asio::error::broken_pipe || ec == asio::error::connection_aborted ||
           ec == asio::ssl::error::stream_truncated;
}

} // namespace

http_connection::http_connection(asio::any_io_executor executor, clock& time, watchdog& dog)
    : clock_(time), watchdog_(dog), stream_(tcp::socket(std::move(executor))), in_(input_bytes)
{}

void http_connection::arm(steady_time deadline)
{
    deadline_ = deadline;
    late_ = false;
    if (!is_linked())
        watchdog_.add(*this);
}

void http_connection::look(steady_time now) noexcept
{
    if (now < deadline_)
        return;
    late_ = true;
    stream_.close();
}

error_code http_connection::translate(error_code ec) const noexcept
{
    if (late_ || ec == asio::error::timed_out)
        return errc::timed_out;
    if (is_broken_connection(ec))
        return errc::closed;
    if (ec == http::error::header_limit)
        return errc::header_too_large;
    if (ec == http::error::body_limit)
        return errc::body_too_large;
    if (ec.category() == make_error_code(http::error::bad_field).category())
        return errc::malformed_header;
    if (ec.category() == asio::error::get_ssl_category())
        return errc::tls_failed;
    return ec;
}

awaitable<void> http_connection::open(const url& server, tls_client* tls,
                                      const addresses& candidates, steady_time deadline)
{
    std::size_t left = candidates.size();
    for (const tcp::endpoint& address : candidates) {
        const steady_time now = clock_.now();
        const auto share = (deadline - now) / static_cast<int>(left--);
        const bool connected = co_await connect(address, now + share);
        if (connected)
            break;
    }
    if (!stream_.socket().is_open()) {
        const errc code = late_ ? errc::timed_out : errc::connect_failed;
        throw system_error(code,
                           fmt::format("{}: {}", server.authority(), connect_error_.message()));
    }
    watch_the_wire(stream_.socket());
    if (tls != nullptr)
        co_await shake_hands(server, *tls, deadline);
    disarm();
    opened_at_ = clock_.now();
}

awaitable<bool> http_connection::connect(const tcp::endpoint& address, steady_time deadline)
{
    arm(deadline);
    error_code ec;
    co_await stream_.socket().async_connect(address, asio::redirect_error(asio::use_awaitable, ec));
    if (!ec && !late_)
        co_return true;
    if (ec == asio::error::operation_aborted && !late_)
        throw system_error(ec); // cancelled: no other address is of use
    stream_.close();
    connect_error_ = late_ ? make_error_code(errc::timed_out) : ec;
    co_return false;
}

awaitable<void> http_connection::shake_hands(const url& server, tls_client& tls,
                                             steady_time deadline)
{
    arm(deadline);
    auto& layer = stream_.use_tls(tls.context());
    tls.expect(layer.native_handle(), server.host);
    error_code ec;
    co_await layer.async_handshake(asio::ssl::stream_base::client,
                                   asio::redirect_error(asio::use_awaitable, ec));
    if (!ec) {
        tls.note_certificates(layer.native_handle(), server.host);
        co_return;
    }
    if (late_)
        throw system_error(errc::timed_out, "the TLS handshake with " + server.authority());
    const long verdict = SSL_get_verify_result(layer.native_handle());
    const std::string reason =
        verdict == X509_V_OK ? ec.message() : X509_verify_cert_error_string(verdict);
    throw system_error(errc::tls_failed, fmt::format("{}: {}", server.authority(), reason));
}

// One coroutine for all of it: every layer of them costs as much as parsing the head.
awaitable<void> http_connection::begin(std::string_view request, std::size_t body_bytes_max,
                                       steady_time deadline)
{
    arm(deadline);
    answered_ = whole_ = false;
    body_bytes_max_ = body_bytes_max;
    searched_ = interim_answers_ = 0;
    in_.release();
    try {
        const std::string_view rest = request.substr(stream_.write_at_once(request));
        if (!rest.empty())
            co_await asio::async_write(stream_, asio::buffer(rest), asio::use_awaitable);
        while (!take_head()) {
            in_.commit(co_await stream_.async_read_some(in_.room(), asio::use_awaitable));
            if (!answered_)
                first_byte_at_ = clock_.now();
            answered_ = true;
        }
    } catch (const system_error& error) {
        throw system_error(translate(error.code()));
    }
    disarm();
}

// Whether the head of the answer is here, as opposed to that of an interim one or a part of it.
bool http_connection::take_head()
{
    while (const std::size_t head_bytes = find_head(in_.unread(), searched_)) {
        parse_head(head_bytes);
        searched_ = 0;
        if (head_.status >= 200)
            return true;
        if (++interim_answers_ > interim_answers_max)
            throw system_error(errc::malformed_header);
        in_.release();
    }
    searched_ = in_.unread().size();
    if (searched_ == in_.unread_max())
        throw system_error(errc::header_too_large);
    return false;
}

void http_connection::parse_head(std::size_t head_bytes)
{
    in_.keep(head_bytes);
    error_code ec;
    parser_.emplace(head_, body_bytes_max_);
    parser_->parse_head({in_.unread().data() - head_bytes, head_bytes}, ec);
    // Nobody asked for another protocol: what follows would be no HTTP.
    if (!ec && head_.status == 101)
        ec = errc::malformed_header;
    if (ec)
        throw system_error(ec);
    whole_ = parser_->is_done();
}

std::optional<std::uint64_t> http_connection::content_length() const
{
    if (parser_->is_done())
        return 0;
    const auto length = parser_->content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool http_connection::take_body(byte_buffer& into, std::size_t padding)
{
    const auto length = content_length();
    if (!length || *length > in_.unread().size())
        return false;
    const auto bytes = static_cast<std::size_t>(*length);
    into.reserve(into.size() + bytes + padding);
    into.append(in_.unread().substr(0, bytes));
    in_.consume(bytes);
    whole_ = true;
    return true;
}

awaitable<void> http_connection::read_body(byte_buffer& into, std::size_t padding,
                                           steady_time deadline)
{
    arm(deadline);
    into.reserve(into.size() + static_cast<std::size_t>(content_length().value_or(0)) + padding);
    try {
        co_await net::read_body(*parser_, stream_, in_, into);
    } catch (const system_error& error) {
        throw system_error(translate(error.code()));
    }
    into.reserve(into.size() + padding);
    whole_ = true;
    disarm();
}

bool http_connection::reusable() const
{
    // Bytes behind the answer belong to nothing that was asked.
    return whole_ && parser_->keep_alive() && in_.unread().empty();
}

} // namespace sluice::net
