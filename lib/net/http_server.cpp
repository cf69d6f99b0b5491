#include "net/http_server.hpp"

#include "core/log.hpp"
#include "core/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

namespace sluice::net {
namespace {

constexpr std::chrono::milliseconds tick{250};
constexpr std::chrono::milliseconds accept_rest{100};

// Beyond the rate, connections are accepted many at once instead of one by one. Each time that a
// place among those that wait is free, the kernel promises it to all who knock in that moment; who
// then gets none believes to be connected, and sends what it has again and again.
constexpr std::chrono::milliseconds crowd_rest{500};

stream::tcp::acceptor listen(const asio::any_io_executor& executor,
                             const http_server_options& options)
{
    const stream::tcp::endpoint& where = options.listen;
    try {
        stream::tcp::acceptor out(executor, where.protocol());
        out.set_option(stream::tcp::acceptor::reuse_address(true));
        // Connections inherit them, and those that wait to be accepted have them already.
        if (options.receive_buffer_bytes != 0)
            out.set_option(asio::socket_base::receive_buffer_size(options.receive_buffer_bytes));
        if (options.send_buffer_bytes != 0)
            out.set_option(asio::socket_base::send_buffer_size(options.send_buffer_bytes));
        out.bind(where);
        out.listen(options.waiting_max);
        return out;
    } catch (const system_error& error) {
        const auto text =
            fmt::format("cannot listen on {}:{}", where.address().to_string(), where.port());
        throw system_error(error.code(), text);
    }
}

} // namespace

http_server::http_server(asio::any_io_executor executor, clock& time, http_server_options options,
                         http_handler handler)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      handler_(std::move(handler)),
      connection_turns_(options_.connections),
      request_turns_(options_.requests),
      context_{time, options_, handler_, date_, request_turns_},
      acceptor_(listen(executor_, options_)),
      port_(acceptor_.local_endpoint().port()),
      acceptor_rest_(time),
      session_ended_(time),
      watchdog_(time, tick)
{}

awaitable<void> http_server::run()
{
    task_group background(executor_, context_.time);
    background.spawn([this] { return watchdog_.run(); });
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await accept_connections();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    stop(); // if it was a cancellation that ended the accepts
    while (!sessions_.empty())
        co_await session_ended_.sleep();
    watchdog_.stop();
    co_await background.join();
}

void http_server::stop()
{
    stopping_ = true;
    error_code ignored; // of an acceptor that is closed already
    acceptor_.cancel(ignored);
    acceptor_rest_.wake();
    for (const auto& session : sessions_)
        session->stop();
}

awaitable<void> http_server::accept_connections()
{
    while (!stopping_) {
        const auto wait = connection_turns_.take(context_.time.now());
        if (wait > wait.zero()) {
            co_await acceptor_rest_.sleep_for(std::max<steady_clock::duration>(wait, crowd_rest));
            if (stopping_)
                break;
        }
        error_code ec;
        auto socket =
            co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
        if (!ec && !stopping_) {
            if (sessions_.size() < options_.connections_max || end_longest_rest())
                start_session(std::move(socket));
            else
                turn_away(std::move(socket));
        } else if (ec == asio::error::operation_aborted) {
            stopping_ = true;
        } else if (ec && ec != asio::error::connection_aborted) {
            // Out of descriptors or memory: those that are open go on, and some will close.
            log::warning("http", "cannot accept connections for now: {}", ec.message());
            co_await acceptor_rest_.sleep_for(accept_rest);
        }
    }
    error_code ignored;
    acceptor_.close(ignored);
}

void http_server::start_session(stream::tcp::socket socket)
{
    const auto it = sessions_.insert(sessions_.end(),
                                     std::make_shared<http_session>(std::move(socket), context_));
    const std::shared_ptr<http_session> session = *it;
    watchdog_.add(*session);
    auto on_end = [this, it](const std::exception_ptr&) { // run() of a session does not throw
        sessions_.erase(it);
        session_ended_.wake();
    };
    asio::co_spawn(
        executor_, [session] { return session->run(); },
        asio::bind_cancellation_slot(session->slot(), std::move(on_end)));
}

// Who was answered and keeps the connection for later makes room for who asks now; a probe must not
// be shut out by connections that are open and silent.
bool http_server::end_longest_rest()
{
    http_session* longest = nullptr;
    for (const auto& each : sessions_)
        if (each->rests_since() && (!longest || *each->rests_since() < *longest->rests_since()))
            longest = each.get();
    if (longest)
        longest->stop();
    return longest != nullptr;
}

// Says so without waiting: a peer that floods us must not cost a coroutine.
void http_server::turn_away(stream::tcp::socket socket) const
{
    if (options_.tls)
        return;
    constexpr std::string_view answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
                                        "Retry-After: 1\r\nConnection: close\r\n\r\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(answer), ignored);
    socket.shutdown(stream::tcp::socket::shutdown_send, ignored);
}

} // namespace sluice::net
