#include "raw_peer.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <stdexcept>

namespace sluice::test {

using asio::use_awaitable;

awaitable<void> raw_peer::connect(std::uint16_t port)
{
    const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), port);
    co_await socket_.async_connect(server, use_awaitable);
}

awaitable<void> raw_peer::send(std::string text)
{
    co_await asio::async_write(socket_, asio::buffer(text), use_awaitable);
}

awaitable<std::string> raw_peer::read_message()
{
    auto source = asio::dynamic_buffer(buffer_);
    std::size_t size = co_await asio::async_read_until(socket_, source, "\r\n\r\n", use_awaitable);
    constexpr std::string_view length_name = "Content-Length: ";
    const std::size_t length_at = buffer_.find(length_name);
    if (length_at < size)
        size += std::stoul(buffer_.substr(length_at + length_name.size()));
    if (buffer_.size() < size) {
        auto missing = asio::transfer_exactly(size - buffer_.size());
        co_await asio::async_read(socket_, source, missing, use_awaitable);
    }
    std::string message = buffer_.substr(0, size);
    buffer_.erase(0, size);
    co_return message;
}

awaitable<std::string> raw_peer::read_all()
{
    boost::system::error_code ignored;
    co_await asio::async_read(socket_, asio::dynamic_buffer(buffer_),
                              asio::redirect_error(use_awaitable, ignored));
    co_return std::exchange(buffer_, {});
}

awaitable<bool> raw_peer::closed()
{
    char byte = 0;
    boost::system::error_code ec;
    co_await socket_.async_read_some(asio::buffer(&byte, 1),
                                     asio::redirect_error(use_awaitable, ec));
    if (!ec)
        throw std::runtime_error("the other side sent a byte instead of closing");
    co_return ec == asio::error::eof;
}

void raw_peer::reset()
{
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
}

} // namespace sluice::test
