// The clock of the daemon: the machine's own, woken by one Asio timer.
#pragma once

#include "core/clock.hpp"

#include <boost/asio/steady_timer.hpp>

namespace sluice {

class asio_clock final : public clock
{
public:
    explicit asio_clock(asio::any_io_executor executor);

    [[nodiscard]] steady_time now() const noexcept override { return steady_clock::now(); }
    [[nodiscard]] wall_time wall_now() const noexcept override;

private:
    void earliest_changed() override;
    void arm();

    asio::steady_timer timer_;
};

} // namespace sluice
