#include "net/stream.hpp"

#include <boost/asio/redirect_error.hpp>

#include <poll.h>

namespace sluice::net {

void stream::cancel() noexcept
{
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void stream::close() noexcept
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

awaitable<void> stream::finish()
{
    boost::system::error_code ignored;
    if (tls_)
        co_await tls_->async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

bool stream::peer_gone()
{
    if (!socket_.is_open())
        return true;
    // POLLRDHUP is seen even when bytes of the peer are still unread.
    pollfd descriptor{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&descriptor, 1, 0) > 0 &&
           (descriptor.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

} // namespace sluice::net
