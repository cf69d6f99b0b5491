// Gives a connection up when what it is used for takes too long.
#pragma once

#include "sink/postgres/connection.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>

namespace sluice::postgres {

// From its making until it dies, or until the time is over: then every wait of the connection ends
// with a lost one. Belongs to the executor of the connection.
class patience
{
public:
    patience(const asio::any_io_executor& io, const std::shared_ptr<connection>& with,
             std::chrono::seconds within)
        : timer_(io, within)
    {
        timer_.async_wait([late = std::weak_ptr(with)](boost::system::error_code cancelled) {
            const auto on = late.lock();
            if (!cancelled && on)
                on->abandon();
        });
    }

private:
    asio::steady_timer timer_;
};

} // namespace sluice::postgres
