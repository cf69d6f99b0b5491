#include "simulation/scenarios.hpp"

#include <algorithm>
#include <array>

namespace sluice::simulation {
namespace {

// What only a barrier saves: commits that no standby has seen are met again over connections that
// are open already, and then the standby takes over.
void draw_bad_standby(swarm& into, dice& luck)
{
    into.daemons = luck.between(1U, 2U);
    into.messages = luck.scale(20, 200);
    into.shape.connections = luck.between<std::size_t>(2, 3);
    into.shape.max_hold = std::chrono::minutes(10);
    into.shape.batch_rows = luck.scale(1, 20);
    into.shape.answer_within = seconds(luck.between<std::int64_t>(3, 8));
    into.sending_for = seconds(120);
    into.faults_end = seconds(180);
    into.database.standby = true;
    into.database.standby_gaps = luck.between(4U, 6U);
    into.database.failovers = 1;
    into.database.lost_during = 0.2;
}

// Second deliveries that come while their batch is open, and bad rows that split it.
void draw_twins(swarm& into, dice& luck)
{
    into.daemons = 1;
    into.messages = luck.scale(60, 300);
    into.sending_for = seconds(3);
    into.bad_rows = luck.hit(0.7) ? 0.1 : 0;
    into.visibility = std::max(into.visibility, seconds(20));
    into.shape.workers = 1;
    into.shape.batch_rows = 200;
    into.shape.batch_linger = milliseconds(luck.scale(500, 3000));
    into.shape.pipeline_depth = 1;
    into.shape.delete_linger = milliseconds(1); // before the other parts are committed
    into.queue.delivered_twice = 0.5;
    into.queue.again_within = milliseconds(luck.scale(50, 500));
    into.queue.miscounted = luck.hit(0.7) ? 0.5 : 0;
}

// A day without a database.
void draw_long_outage(swarm& into, dice& luck)
{
    into.long_outage = true;
    // Some hold for longer than a lease can last.
    into.shape.max_hold =
        luck.hit(0.4) ? std::chrono::hours(luck.between(13, 30)) : std::chrono::minutes(10);
    into.daemons = 1;
    into.messages = luck.scale(5, 60);
    into.visibility = seconds(luck.scale(120, 1800));
    into.visibility_in_configuration = false;
    into.receives_max = 3;
    into.faults_end = seconds(86400 + 60);
    into.shape.once = false;
    into.database.refusals = 1;
}

// Messages that kill whoever transforms them, and others that go down with them. What a message did
// is known by its count of receives: that one must be true.
void draw_poison(swarm& into, dice& luck)
{
    into.daemons = luck.between(1U, 2U);
    into.killers = luck.between<std::size_t>(1, 3);
    into.messages = luck.scale(into.killers + 5, 120);
    into.visibility = seconds(luck.between<std::int64_t>(6, 20));
    into.sending_for = seconds(luck.scale(1, 30));
    into.faults_end = into.sending_for + seconds(luck.between<std::int64_t>(60, 300));
    into.shape.once = false;
    into.bad_bodies = luck.hit(0.5) ? 0.2 : 0;
    into.queue.with_history = luck.hit(0.3) ? 0.3 : 0;
    into.queue.delivered_twice = luck.hit(0.3) ? 0.2 : 0;
    into.database.lost_after = luck.hit(0.4) ? 0.3 : 0;
    into.database.lost_before = luck.hit(0.3) ? 0.2 : 0;
    into.database.slow = luck.hit(0.3) ? 0.2 : 0;
    into.database.refusals = luck.hit(0.3) ? 1 : 0;
    into.process.stops = luck.hit(0.5) ? luck.between(1U, 4U) : 0;
    into.process.kills = luck.hit(0.3) ? luck.between(1U, 3U) : 0;
}

// Nothing but messages with a history, and many stops: no death, no evidence.
void draw_histories(swarm& into, dice& luck)
{
    into.daemons = luck.between(1U, 2U);
    into.messages = luck.scale(20, 200);
    into.visibility = seconds(luck.between<std::int64_t>(6, 30));
    into.sending_for = seconds(luck.scale(5, 60));
    into.faults_end = into.sending_for + seconds(60);
    into.queue.with_history = luck.between(3, 8) / 10.0;
    into.shape.workers = luck.between<std::size_t>(1, 2);
    into.shape.work_most = milliseconds(luck.scale(3, 500));
    into.queue.entries_fail = luck.hit(0.5) ? 0.5 : 0;
    into.database.lost_after = luck.hit(0.5) ? 0.3 : 0;
    into.database.slow = luck.hit(0.5) ? 0.3 : 0;
    into.process.stops = luck.between(3U, 8U);
}

// Workers that need many times a stop's deadline for what they have.
void draw_slow_workers(swarm& into, dice& luck)
{
    into.daemons = luck.between(1U, 2U);
    into.messages = luck.scale(100, 400);
    into.visibility = seconds(luck.between<std::int64_t>(20, 60));
    into.sending_for = seconds(luck.scale(1, 30));
    into.faults_end = into.sending_for + seconds(60);
    into.shape.workers = luck.between<std::size_t>(1, 2);
    into.shape.drain_deadline = milliseconds(luck.scale(1000, 8000));
    into.shape.work_most = into.shape.drain_deadline / 5; // of one delivery: that is not cut short
    into.shape.fetchers_max = luck.between<std::size_t>(3, 8);
    into.shape.in_flight_messages = 1000;
    into.shape.in_flight_bytes = std::size_t{4} << 20;
    into.queue.with_history = luck.hit(0.5) ? 0.1 : 0;
    into.database.slow = luck.hit(0.5) ? 0.2 : 0;
    into.process.stops = luck.between(3U, 8U);
}

// Weeks of the ledger: messages that come again at the end of their retention, and messages that
// were sent long before they come.
void draw_ledger_life(swarm& into, dice& luck)
{
    into.daemons = luck.between(1U, 2U);
    into.messages = luck.scale(20, 150);
    into.aged = luck.hit(0.7) ? luck.between(1, 6) / 10.0 : 0;
    into.visibility = seconds(luck.between<std::int64_t>(6, 30));
    into.sending_for = std::chrono::hours(24 * luck.between<std::int64_t>(2, 6));
    into.faults_end = std::chrono::hours(24 * luck.between<std::int64_t>(17, 22));
    into.bad_bodies = luck.hit(0.3) ? 0.2 : 0;
    into.bad_rows = luck.hit(0.3) ? 0.2 : 0;
    into.shape.once = false;
    into.shape.max_hold = seconds(600);
    into.queue.comes_back = 0.8;
    into.queue.delivered_twice = luck.hit(0.3) ? 0.2 : 0;
    into.database.lost_after = luck.hit(0.3) ? 0.2 : 0;
    into.database.lost_during = luck.hit(0.3) ? 0.2 : 0;
    into.process.sleeps = true;
    into.ledger.rounds_cut = luck.hit(0.5) ? 0.2 : 0;
    into.ledger.clocks_wrong = luck.hit(0.5) ? 0.5 : 0;
    into.ledger.absences = luck.hit(0.5) ? luck.between(1U, 2U) : 0;
}

// A producer sends what cannot be stored, and the brake is pulled until it has all been looked at.
void draw_bad_producer(swarm& into, dice& luck)
{
    into.daemons = luck.between(1U, 2U);
    into.messages = luck.scale(60, 400);
    into.bad_bodies = luck.between(6, 10) / 10.0;
    into.bad_rows = luck.hit(0.4) ? 0.5 : 0;
    into.visibility = seconds(luck.between<std::int64_t>(6, 60));
    into.sending_for = seconds(luck.scale(2, 60));
    into.faults_end = into.sending_for + seconds(luck.between<std::int64_t>(60, 600));
    into.shape.once = false;
    into.shape.max_hold = seconds(luck.scale(20, 600));
    into.shape.batch_rows = luck.scale(1, 30);
    into.shape.in_flight_messages = luck.scale(40, 1000);
    into.shape.brake.count = std::max<std::size_t>(luck.scale(10, 80), into.messages / 8);
    into.shape.brake.share_percent = luck.between<std::size_t>(10, 40);
    into.shape.brake.window = seconds(luck.scale(120, 3600));
    into.database.conflict = luck.hit(0.4) ? 0.3 : 0;
    into.database.lost_after = luck.hit(0.4) ? 0.2 : 0;
    into.database.slow = luck.hit(0.3) ? 0.2 : 0;
    into.process.kills = luck.hit(0.3) ? luck.between(1U, 3U) : 0;
}

// What an operator does to a queue, and to the daemons.
void draw_operator(swarm& into, dice& luck)
{
    into.daemons = luck.between(1U, 2U);
    into.messages = luck.scale(50, 300);
    into.sending_for = seconds(luck.between<std::int64_t>(180, 300));
    into.faults_end = into.sending_for + seconds(luck.between<std::int64_t>(30, 90));
    into.shape.batch_linger = milliseconds(luck.scale(100, 3000));
    into.shape.delete_linger = milliseconds(luck.scale(100, 3000));
    into.queue.purged = luck.hit(0.6);
    into.queue.recreated = !into.queue.purged || luck.hit(0.3);
    into.shape.once = false; // without a queue it would end, and say so
    into.queue.delayed = luck.hit(0.5) ? 0.3 : 0;
    into.queue.blindnesses = luck.hit(0.3) ? 2 : 0;
    into.database.slow = luck.hit(0.5) ? 0.3 : 0;
    into.process.pauses = luck.hit(0.6) ? luck.between(1U, 3U) : 0;
}

// More comes than the daemons store within the target age, and most times the database is stuck for
// a part of it. It drains slowly: a delivery takes a worker seconds.
void draw_burst(swarm& into, dice& luck)
{
    into.burst = true;
    into.daemons = luck.between(1U, 2U);
    into.messages = into.daemons * luck.between<std::size_t>(500, 900);
    into.visibility = seconds(luck.between<std::int64_t>(30, 90));
    into.sending_for = seconds(luck.scale(1, 20));
    into.faults_end = seconds(luck.between<std::int64_t>(60, 150));
    into.shape.once = false;
    into.shape.target_age = seconds(30);
    into.shape.workers = 1;
    into.shape.work_most = milliseconds(luck.between<std::int64_t>(2000, 4000));
    into.shape.batch_rows = luck.between<std::size_t>(5, 50);
    into.shape.batch_linger = milliseconds(luck.scale(10, 500));
    into.shape.fetchers_max = luck.between<std::size_t>(1, 3);
    into.shape.in_flight_messages = 60;
    into.database.slow = luck.hit(0.2) ? 0.2 : 0;
    into.database.refusals = luck.hit(0.5) ? 1 : 0;
    into.database.sicknesses = luck.hit(0.5) ? 1 : 0;
    into.process.pauses = luck.hit(0.2) ? 1 : 0;
}

// What is held too long goes back to a slow queue, some of a delivery before the others, whose
// leases are kept meanwhile.
void draw_late_releases(swarm& into, dice& luck)
{
    into.daemons = luck.between(1U, 2U);
    into.messages = luck.scale(40, 200);
    into.visibility = seconds(luck.between<std::int64_t>(6, 12));
    into.sending_for = seconds(luck.scale(10, 60));
    into.faults_end = into.sending_for + seconds(luck.between<std::int64_t>(120, 240));
    into.shape.once = false;
    into.shape.max_hold = seconds(luck.between<std::int64_t>(5, 20));
    into.queue.with_history = luck.between(5, 9) / 10.0;
    into.queue.slow = luck.between(3, 7) / 10.0;
    into.queue.entries_fail = luck.hit(0.5) ? 0.3 : 0;
    into.queue.reply_lost = luck.hit(0.3) ? 0.1 : 0;
    into.database.refusals = luck.between(2U, 4U);
    into.database.sicknesses = luck.between(1U, 2U);
    into.process.standstills = luck.between(1U, 2U);
}

struct scenario
{
    double share; // of the seeds
    void (*draw)(swarm& into, dice& luck);
};

constexpr std::array scenarios{
    scenario{0.008, draw_long_outage},  scenario{0.07, draw_bad_standby},
    scenario{0.05, draw_twins},         scenario{0.03, draw_poison},
    scenario{0.03, draw_histories},     scenario{0.025, draw_ledger_life},
    scenario{0.03, draw_bad_producer},  scenario{0.02, draw_operator},
    scenario{0.02, draw_slow_workers},  scenario{0.02, draw_burst},
    scenario{0.02, draw_late_releases},
};

} // namespace

bool draw_scenario(swarm& into, dice& luck)
{
    double left = luck.unit();
    for (const scenario& each : scenarios) {
        if (left < each.share) {
            each.draw(into, luck);
            return true;
        }
        left -= each.share;
    }
    return false;
}

} // namespace sluice::simulation
