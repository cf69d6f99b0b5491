#include "net/stream.hpp"

#include <boost/asio/redirect_error.hpp>

#include <poll.h>
#include <sys/socket.h>

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

std::size_t stream::write_at_once(std::string_view bytes) noexcept
{
    if (tls_)
        return 0;
    const ssize_t sent =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
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
