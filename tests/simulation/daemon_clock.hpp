// The clock of one simulated daemon: the world's, until the daemon is killed. What is left of it
// then runs out its time alone.
#pragma once

#include "core/clock.hpp"
#include "simulation/timeline.hpp"

#include <optional>

namespace sluice::simulation {

class daemon_clock final : public clock
{
public:
    explicit daemon_clock(const timeline& world) noexcept : world_(world) {}

    [[nodiscard]] steady_time now() const noexcept override
    {
        return alone_ ? *alone_ : world_.now();
    }
    // Steady time may not jump, wall time may: people and NTP set it.
    [[nodiscard]] wall_time wall_now() const noexcept override
    {
        return timeline::wall_at(now()) + wrong_by_;
    }

    void set_wrong_by(std::chrono::milliseconds how_much) noexcept { wrong_by_ = how_much; }

    void ring() { fire_due(); }

    void leave_the_world() { alone_ = world_.now(); }
    void move_alone_to(steady_time when)
    {
        alone_ = std::max(*alone_, when);
        fire_due();
    }

private:
    void earliest_changed() override {} // the simulation looks for itself

    const timeline& world_;
    std::optional<steady_time> alone_;
    std::chrono::milliseconds wrong_by_{0};
};

} // namespace sluice::simulation
