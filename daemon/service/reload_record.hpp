// What became of the requests to read the configuration again, for the metrics.
#pragma once

#include "admin/metric_page.hpp"
#include "core/time.hpp"

#include <cstdint>

namespace sluice::daemon {

class reload_record
{
public:
    // The configuration that the daemon began with came into force then.
    explicit reload_record(wall_time began) noexcept : in_force_since_(began) {}

    void accepted(wall_time now) noexcept
    {
        ++accepted_;
        last_was_good_ = true;
        in_force_since_ = now;
    }
    void refused() noexcept
    {
        ++refused_;
        last_was_good_ = false;
    }

    void add_to(admin::metric_page& page) const;

private:
    std::uint64_t accepted_ = 0;
    std::uint64_t refused_ = 0;
    bool last_was_good_ = true;
    wall_time in_force_since_;
};

} // namespace sluice::daemon
