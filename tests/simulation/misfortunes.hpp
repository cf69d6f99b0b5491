// What befalls the parts of the world, and when: laid out before it begins.
#pragma once

#include "simulation/fleet.hpp"

namespace sluice::simulation {

class misfortunes
{
public:
    misfortunes(world& in, queue_server& queue, database& tables, fleet& daemons);

private:
    void plan_database();
    void plan_standby();
    void plan_queue();
    void plan_processes();
    void plan_long_outage();
    void plan_operator();
    void plan_ledger();
    void tend_ledger();

    // Calls `begin` at a drawn time and `end` a drawn while later, unless the world has healed.
    template <class Begin, class End>
    void spell(steady_clock::duration longest, Begin begin, End end);
    void at_some_time(std::function<void()> what);
    void spell_of(weather what, steady_clock::duration longest);

    world& in_;
    queue_server& queue_;
    database& tables_;
    fleet& daemons_;
    dice luck_;
    bool nobody_tends_ = false; // the ledger
};

} // namespace sluice::simulation
