#include "core/asio_clock.hpp"

namespace sluice {

asio_clock::asio_clock(asio::any_io_executor executor) : timer_(std::move(executor)) {}

wall_time asio_clock::wall_now() const noexcept
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void asio_clock::earliest_changed()
{
    arm();
}

void asio_clock::arm()
{
    const steady_time next = earliest();
    if (next == never) {
        timer_.cancel(); // a loop with nothing else to do may end
        return;
    }
    timer_.expires_at(next); // cancels the wait that stood for a later time
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec)
            return;
        fire_due();
        arm();
    });
}

} // namespace sluice
