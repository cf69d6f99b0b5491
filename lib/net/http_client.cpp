#include "net/http_client.hpp"

#include <boost/asio/co_spawn.hpp>

#include <cassert>

namespace sluice::net {
namespace {

constexpr std::chrono::milliseconds tick{250}; // how late a deadline may be noticed

} // namespace

awaitable<void> exchange::read_body(byte_buffer& into, std::size_t padding, steady_time deadline)
{
    if (!lease_.connection->take_body(into, padding))
        co_await lease_.connection->read_body(into, padding, deadline);
    lease_.end();
}

http_client::http_client(asio::any_io_executor executor, clock& time, url server,
                         http_client_options options)
    : executor_(std::move(executor)),
      clock_(time),
      server_(std::move(server)),
      options_(std::move(options)),
      watchdog_(std::make_shared<watchdog>(time, tick)),
      pool_(time, *watchdog_, options_.limits)
{
    assert((!server_.encrypted || options_.tls) && "https needs a tls_client");
    if (!options_.resolve)
        options_.resolve = system_resolver(executor_, time);
    auto watch = [dog = watchdog_] { return dog->run(); };
    auto on_end = [](const std::exception_ptr&) {}; // run() throws only when it is cancelled
    asio::co_spawn(executor_, std::move(watch), std::move(on_end));
}

http_client::~http_client()
{
    watchdog_->stop();
}

awaitable<exchange> http_client::start(std::string_view request, steady_time deadline)
{
    connection_pool::lease lease;
    if (pool_.has_free())
        lease = pool_.take();
    else
        lease = co_await pool_.acquire(deadline);
    const bool kept = lease.connection != nullptr;
    bool begun = false;
    if (kept) {
        try {
            co_await lease.connection->begin(request, options_.body_bytes_max, deadline);
            begun = true;
        } catch (const system_error& error) {
            // Closed by the server, a kept one says nothing about the server: another is worth a
            // try.
            if (error.code() != errc::closed || lease.connection->answered())
                throw;
        }
    }
    if (!begun) {
        auto fresh = co_await connect(deadline);
        lease.connection = std::move(fresh);
        co_await lease.connection->begin(request, options_.body_bytes_max, deadline);
    }
    co_return exchange(std::move(lease), kept && !begun);
}

awaitable<std::unique_ptr<http_connection>> http_client::connect(steady_time deadline)
{
    const steady_time until = std::min(deadline, clock_.now() + options_.connect_time_max);
    const addresses candidates = co_await options_.resolve(server_.host, server_.port, until);
    auto connection = std::make_unique<http_connection>(executor_, clock_, *watchdog_);
    tls_client* const tls = server_.encrypted ? options_.tls.get() : nullptr;
    co_await connection->open(server_, tls, candidates, until);
    ++opened_;
    co_return connection;
}

} // namespace sluice::net
