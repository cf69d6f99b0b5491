#include "net/http_session.hpp"

#include "core/log.hpp"
#include "net/message_body.hpp"
#include "net/response_head.hpp"

#include <boost/asio/write.hpp>

#include <array>

namespace sluice::net {
namespace {

constexpr std::size_t input_bytes_min = 16 * 1024;
constexpr std::size_t kept_bytes_max = 64 * 1024;   // buffers that grew beyond are given back
constexpr int piece_bytes_unsent_max = 32 * 1024;   // in the kernel, for a peer that reads slowly
constexpr std::size_t left_bytes_max = 1024 * 1024; // read and dropped while leaving
constexpr std::chrono::milliseconds leave_time_max{2'000};

void give_back(byte_buffer& buffer) noexcept
{
    if (buffer.capacity() > kept_bytes_max)
        buffer.release();
    buffer.clear();
}

} // namespace

http_session::http_session(stream::tcp::socket socket, const http_session_context& context)
    : context_(context),
      stream_(std::move(socket)),
      turn_(context.time),
      in_(std::max(input_bytes_min, 2 * context.options.header_bytes_max))
{
    error_code ignored; // a peer that is gone already is found out by the first read
    request_.peer = stream_.socket().remote_endpoint(ignored);
    request_.connection = &stream_;
    // An answer goes out in one write: waiting to fill a segment would only delay it.
    stream_.socket().set_option(stream::tcp::no_delay(true), ignored);
}

void http_session::enter(phase next, std::chrono::milliseconds time_max)
{
    phase_ = next;
    deadline_ = context_.time.now() + time_max;
    late_ = false;
    rests_since_.reset();
}

// Who is late is cancelled at every tick, so it does not matter when the next wait begins.
void http_session::look(steady_time now) noexcept
{
    if (phase_ == phase::handling) {
        if (!stopping_ && stream_.peer_gone())
            stop();
    } else if (now >= deadline_) {
        late_ = true;
        stream_.cancel();
    }
}

void http_session::stop()
{
    stopping_ = true;
    rests_since_.reset();
    if (phase_ != phase::writing)
        cancel_.emit(asio::cancellation_type::terminal);
}

awaitable<void> http_session::run()
{
    try {
        co_await serve_all();
        co_await leave();
    } catch (const system_error&) { // the peer is gone or late, or we stop: nobody to tell
    } catch (const std::exception& error) {
        log::error("http", "a connection was given up: {}", error.what());
    }
    stream_.close();
}

awaitable<void> http_session::serve_all()
{
    unsigned refused = 0;
    try {
        co_await shake_hands();
        for (bool more = true; more;)
            more = co_await serve_one();
    } catch (const system_error& error) {
        refused = refusal_status(error.code());
        if (refused == 0)
            throw;
    }
    if (refused != 0)
        co_await refuse(refused);
}

// The answer to a request that could not be read; 0 if there is nobody to answer.
unsigned http_session::refusal_status(error_code ec) const noexcept
{
    if (stopping_ || phase_ != phase::reading)
        return 0;
    if (late_)
        return 408;
    if (ec == errc::body_too_large || ec == http::error::body_limit)
        return 413;
    if (ec == errc::header_too_large || ec == http::error::header_limit)
        return 431;
    if (ec == http::error::bad_transfer_encoding)
        return 501;
    if (ec == http::error::bad_version)
        return 505;
    if (ec == errc::malformed_header || ec == errc::malformed_body ||
        ec.category() == make_error_code(http::error::bad_field).category())
        return 400;
    return 0;
}

awaitable<void> http_session::shake_hands()
{
    enter(phase::idle, context_.options.header_time_max);
    if (context_.options.tls) {
        auto& tls = stream_.use_tls(*context_.options.tls);
        co_await tls.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    }
}

awaitable<bool> http_session::serve_one()
{
    co_await read_head();
    co_await read_body();
    co_await wait_for_turn();
    co_await handle();
    const bool keep_alive =
        parser_->keep_alive() && !response_.close && !response_.pieces && !stopping_;
    co_await write_response(keep_alive);
    if (response_.pieces && request_.method != "HEAD")
        co_await write_pieces();
    response_.pieces = nullptr; // and what it holds
    if (!keep_alive || stopping_)
        co_return false;
    in_.release();
    enter(phase::idle, context_.options.idle_time_max);
    rests_since_ = context_.time.now();
    co_return true;
}

awaitable<void> http_session::read_head()
{
    std::size_t seen = 0;
    std::size_t head_bytes = 0;
    while ((head_bytes = find_head(in_.unread(), seen)) == 0) {
        seen = in_.unread().size();
        if (seen >= context_.options.header_bytes_max)
            break;
        if (seen > 0 && phase_ == phase::idle)
            enter(phase::reading, context_.options.header_time_max);
        co_await fill(stream_, in_);
    }
    enter(phase::reading, context_.options.body_time_max);
    if (head_bytes == 0 || head_bytes > context_.options.header_bytes_max)
        throw system_error(errc::header_too_large);
    in_.keep(head_bytes);
    parse_head({in_.unread().data() - head_bytes, head_bytes});
}

void http_session::parse_head(std::string_view bytes)
{
    error_code ec;
    parser_.emplace(head_, context_.options.body_bytes_max);
    parser_->parse_head(bytes, ec);
    if (ec)
        throw system_error(ec);
    request_.method = head_.method;
    request_.target = head_.target;
    request_.fields = head_.fields;
    if (head_.version >= 11 && request_.field("Host").empty())
        throw system_error(errc::malformed_header);
}

awaitable<void> http_session::read_body()
{
    request_.body = {};
    if (parser_->is_done())
        co_return;
    if (in_.unread().empty() && equal_names(head_.field("Expect"), "100-continue")) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(stream_, asio::buffer(go_on), asio::use_awaitable);
    }
    const auto length = parser_->content_length();
    if (length && *length <= in_.unread_max()) {
        const auto bytes = static_cast<std::size_t>(*length);
        while (in_.unread().size() < bytes)
            co_await fill(stream_, in_);
        request_.body = in_.unread().substr(0, bytes);
        in_.consume(bytes);
    } else {
        give_back(body_);
        co_await net::read_body(*parser_, stream_, in_, body_);
        request_.body = body_.view();
    }
}

awaitable<void> http_session::wait_for_turn()
{
    phase_ = phase::handling; // has no deadline: a long poll takes what it takes
    const steady_clock::duration wait = context_.requests.take(context_.time.now());
    if (wait > wait.zero())
        co_await turn_.sleep_for(wait);
}

awaitable<void> http_session::handle()
{
    prepare_response();
    bool failed = false;
    try {
        co_await context_.handler(request_, response_);
    } catch (const std::exception& error) {
        if (stopping_)
            throw;
        log::error("http", "a request could not be answered: {}", error.what());
        failed = true;
    }
    if (failed) {
        prepare_response();
        response_.status = 500;
        response_.body.append("internal error\n");
    }
}

void http_session::prepare_response()
{
    response_.status = 200;
    response_.content_type = "text/plain; charset=utf-8";
    response_.extra_fields.clear();
    response_.close = false;
    response_.pieces = nullptr;
    give_back(response_.body);
}

awaitable<void> http_session::write_response(bool keep_alive)
{
    enter(phase::writing, context_.options.write_time_max);
    const std::string_view date = context_.date.text(context_.time.wall_now());
    render_head(response_, {.keep_alive = keep_alive, .version = head_.version}, date, out_);
    const bool with_body = may_have_body(response_.status) && request_.method != "HEAD";
    const std::string_view body = with_body ? response_.body.view() : std::string_view();
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(out_.data(), out_.size()),
                                                   asio::buffer(body)};
    co_await asio::async_write(stream_, pieces, asio::use_awaitable);
}

awaitable<void> http_session::write_pieces()
{
    error_code ignored; // a hint
    stream_.socket().set_option(asio::socket_base::send_buffer_size(piece_bytes_unsent_max),
                                ignored);
    while (!stopping_) {
        phase_ = phase::handling;
        give_back(response_.body);
        const bool more = co_await response_.pieces(response_.body);
        if (!more)
            co_return;
        enter(phase::writing, context_.options.write_time_max);
        const std::string_view piece = response_.body.view();
        co_await asio::async_write(stream_, asio::buffer(piece), asio::use_awaitable);
    }
}

awaitable<void> http_session::refuse(unsigned status)
{
    prepare_response();
    response_.status = status;
    response_.body.append(reason_of(status));
    response_.body.push_back('\n');
    request_.method = {};
    co_await write_response(false);
}

// Closing while bytes of the peer are unread would reset the connection and may destroy the answer
// on its way. So the peer is told, and what it still sends is dropped until it closes.
awaitable<void> http_session::leave()
{
    if (stopping_)
        co_return;
    enter(phase::leaving, leave_time_max);
    co_await stream_.finish();
    in_.release();
    for (std::size_t dropped = 0; dropped < left_bytes_max;) {
        dropped += in_.unread().size();
        in_.consume(in_.unread().size());
        co_await fill(stream_, in_);
    }
}

} // namespace sluice::net
