// The daemons of one simulation: one to three, each with many lives.
#pragma once

#include "simulation/daemon.hpp"

#include <memory>
#include <vector>

namespace sluice::simulation {

class fleet
{
public:
    fleet(world& in, queue_server& queue, database& tables);

    // Runs one handler of one daemon. False if nobody is ready.
    bool step();
    [[nodiscard]] bool anyone_ready() const noexcept;
    // The most daemons that one of them wants.
    [[nodiscard]] std::size_t wanted() const noexcept;

    // When the next clock rings.
    [[nodiscard]] steady_time wakes_at() const noexcept;
    void ring();

    // What befalls one of those that live, if any does.
    void kill_one(std::uint64_t after_handlers);
    void stop_one();
    void freeze_one(steady_clock::duration span);
    void pause_one(steady_clock::duration span);
    void set_wall_of_one_wrong_by(std::chrono::milliseconds how_much);

    // Nobody stands still or is paused any more, everybody lives; the last ones may end by
    // themselves.
    void heal(bool once);
    void stop_all();
    void kill_all();

    [[nodiscard]] bool all_ended() const noexcept;
    [[nodiscard]] std::uint64_t queue_calls() const noexcept;

private:
    struct place
    {
        unsigned number = 0;
        unsigned lives = 0;
        unsigned brakes = 0;
        bool person_is_called = false;
        std::unique_ptr<daemon> now;
    };

    void start(place& at);
    void bury(place& at);
    void send_person_to(const place& at);
    void stop_if_still(const std::string& name);
    void resume_if_still(const std::string& name);
    [[nodiscard]] daemon* one_alive();

    world& in_;
    queue_server& queue_;
    database& tables_;
    dice luck_;
    std::vector<place> places_;
    bool last_lives_ = false; // nobody is started again
    bool once_ = false;
    std::uint64_t calls_of_the_dead_ = 0;
};

} // namespace sluice::simulation
