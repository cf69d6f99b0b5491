#include "simulation/swarm.hpp"

#include "simulation/dice.hpp"
#include "simulation/scenarios.hpp"

#include <fmt/format.h>

namespace sluice::simulation {
namespace {

constexpr double calm_share = 0.04;
constexpr double fifo_share = 0.15;
constexpr double cramped_share = 0.15;
constexpr double fault_share = 0.3; // of the seeds that have a given fault

// Nothing, or up to `most`, small values as likely as large ones.
double draw_share(dice& luck, double most)
{
    if (!luck.hit(fault_share))
        return 0;
    return most * static_cast<double>(luck.scale(1, 100)) / 100.0;
}

unsigned draw_count(dice& luck, unsigned most)
{
    return luck.hit(fault_share) ? luck.between(1U, most) : 0;
}

daemon_shape draw_shape(dice& luck, seconds visibility)
{
    daemon_shape out;
    out.workers = luck.between<std::size_t>(1, 3);
    out.connections = luck.hit(0.5) ? 1 : luck.between<std::size_t>(2, 3);
    out.pipeline_depth = luck.between<std::size_t>(1, 4);
    out.batch_rows = luck.scale(1, 200);
    out.batch_linger = milliseconds(luck.scale(1, 2000));
    out.delete_linger = milliseconds(luck.scale(1, 2000));
    out.fetchers_max = luck.scale(1, 12);
    out.in_flight_messages = luck.scale(10, 1000);
    out.in_flight_bytes = luck.scale(std::size_t{1} << 15, std::size_t{1} << 22);
    out.wait = seconds(luck.scale(1, 20));
    // A stop that takes longer than a lease is no stop.
    out.drain_deadline = milliseconds(luck.scale(1000, 30000));
    if (luck.hit(0.1))
        out.work_most = milliseconds(luck.scale(3, 300));
    out.once = luck.hit(0.2);
    if (luck.hit(0.3))
        out.max_hold = seconds(luck.scale(5, 120));
    out.answer_within = seconds(luck.scale(4, 40));
    out.batch_linger = std::min<milliseconds>(out.batch_linger, visibility / 5);
    return out;
}

queue_faults draw_queue_faults(dice& luck)
{
    queue_faults out;
    out.delivered_twice = draw_share(luck, 0.5);
    out.again_within = milliseconds(luck.scale(1, 5000));
    out.miscounted = luck.hit(0.3) ? 0.5 : 0;
    out.with_history = luck.hit(0.15) ? luck.between(1, 10) / 10.0 : 0;
    out.random_order = luck.hit(0.5);
    out.request_lost = draw_share(luck, 0.2);
    out.reply_lost = draw_share(luck, 0.2);
    out.throttled = draw_share(luck, 0.3);
    out.entries_fail = draw_share(luck, 0.5);
    out.reply_says_nothing = draw_share(luck, 0.1);
    out.delayed = draw_share(luck, 0.5);
    out.wrong_md5 = draw_share(luck, 0.2);
    out.slow = draw_share(luck, 0.3);
    out.outages = draw_count(luck, 2);
    out.denials = luck.hit(0.1) ? 1 : 0;
    out.blindnesses = luck.hit(0.1) ? luck.between(1U, 3U) : 0;
    return out;
}

database_faults draw_database_faults(dice& luck)
{
    database_faults out;
    out.lost_before = draw_share(luck, 0.2);
    out.lost_during = draw_share(luck, 0.2);
    out.lost_after = draw_share(luck, 0.3);
    out.conflict = draw_share(luck, 0.3);
    out.slow = draw_share(luck, 0.2);
    out.standby = luck.hit(0.35);
    out.crashes = draw_count(luck, 3);
    out.refusals = draw_count(luck, 2);
    out.sicknesses = draw_count(luck, 2);
    out.wrongs = draw_count(luck, 2);
    out.read_onlys = luck.hit(0.15) ? 1 : 0;
    if (out.standby) {
        out.failovers = luck.hit(0.5) ? luck.between(1U, 2U) : 0;
        out.standby_gaps = luck.hit(0.7) ? luck.between(1U, 2U) : 0;
    }
    return out;
}

process_faults draw_process_faults(dice& luck)
{
    process_faults out;
    out.kills = luck.hit(0.5) ? luck.between(1U, 6U) : 0;
    out.killed_at_reply = draw_share(luck, 0.2);
    out.stops = draw_count(luck, 3);
    out.standstills = luck.hit(0.2) ? luck.between(1U, 2U) : 0;
    out.wall_jumps = luck.hit(0.1) ? 1 : 0;
    return out;
}

// Some of the worlds have a FIFO queue. Its draws are its own: the other worlds stay as they were.
void draw_groups(swarm& into)
{
    dice luck(into.seed, "fifo");
    const bool is_of_standard_queues = into.long_outage || into.aged > 0 ||
                                       into.queue.comes_back > 0 || into.queue.purged ||
                                       into.queue.recreated;
    if (is_of_standard_queues || !luck.hit(fifo_share))
        return;
    into.groups = luck.scale(1, 40);
    into.queue.delivered_twice = 0;
    into.queue.random_order = false;
    into.queue.delayed = 0;
}

// In some there is room for a few rows, as where bodies unpack to much. Their draws are their own.
void draw_room(swarm& into)
{
    dice luck(into.seed, "room");
    if (!into.calm() && luck.hit(cramped_share))
        into.shape.row_bytes_max = luck.scale(300, 20000);
}

swarm draw_world(std::uint64_t seed)
{
    dice luck(seed, "swarm");
    swarm out;
    out.seed = seed;
    out.handlers = luck.hit(0.3) ? order::first_come : luck.hit(0.5) ? order::any : order::hesitant;
    out.daemons = luck.hit(0.5) ? 1 : luck.between(2U, 3U);
    out.messages = luck.scale(5, 400);
    out.bad_bodies = draw_share(luck, 0.5);
    out.bad_rows = draw_share(luck, 0.3);
    out.visibility = seconds(luck.scale(6, 120));
    out.visibility_in_configuration = luck.hit(0.3);
    out.sending_for = seconds(luck.scale(1, 90));
    out.faults_end = out.sending_for + seconds(luck.between<std::int64_t>(10, 180));
    out.shape = draw_shape(luck, out.visibility);
    if (luck.hit(calm_share))
        return out;
    if (draw_scenario(out, luck))
        return out;
    out.heals = luck.hit(0.8);
    if (luck.hit(0.1))
        out.receives_max = luck.between(2U, 5U);
    out.queue = draw_queue_faults(luck);
    out.database = draw_database_faults(luck);
    out.process = draw_process_faults(luck);
    return out;
}

} // namespace

swarm draw_swarm(std::uint64_t seed)
{
    swarm out = draw_world(seed);
    draw_groups(out);
    draw_room(out);
    return out;
}

bool swarm::calm() const noexcept
{
    return text().find('=') == std::string::npos;
}

// The faults that are on.
std::string swarm::text() const
{
    std::string out = fmt::format("{} daemons, {} messages", daemons, messages);
    const auto add = [&out](std::string_view name, auto value) {
        if (value != decltype(value){})
            out += fmt::format(", {}={}", name, value);
    };
    add("bad_bodies", bad_bodies);
    add("bad_rows", bad_rows);
    add("killers", killers);
    add("groups", groups);
    add("aged", aged);
    add("burst", burst);
    add("row_bytes_max", shape.row_bytes_max);
    add("with_history", queue.with_history);
    add("delivered_twice", queue.delivered_twice);
    add("miscounted", queue.miscounted);
    add("request_lost", queue.request_lost);
    add("reply_lost", queue.reply_lost);
    add("throttled", queue.throttled);
    add("entries_fail", queue.entries_fail);
    add("reply_says_nothing", queue.reply_says_nothing);
    add("wrong_md5", queue.wrong_md5);
    add("slow_queue", queue.slow);
    add("queue_outages", queue.outages);
    add("queue_denials", queue.denials);
    add("delayed", queue.delayed);
    add("comes_back", queue.comes_back);
    add("blindnesses", queue.blindnesses);
    add("purged", queue.purged);
    add("recreated", queue.recreated);
    add("lost_before", database.lost_before);
    add("lost_during", database.lost_during);
    add("lost_after", database.lost_after);
    add("conflict", database.conflict);
    add("slow_database", database.slow);
    add("standby", database.standby);
    add("crashes", database.crashes);
    add("refusals", database.refusals);
    add("sicknesses", database.sicknesses);
    add("wrongs", database.wrongs);
    add("read_onlys", database.read_onlys);
    add("failovers", database.failovers);
    add("standby_gaps", database.standby_gaps);
    add("kills", process.kills);
    add("killed_at_reply", process.killed_at_reply);
    add("stops", process.stops);
    add("standstills", process.standstills);
    add("wall_jumps", process.wall_jumps);
    add("pauses", process.pauses);
    add("sleeps", process.sleeps);
    add("rounds_cut", ledger.rounds_cut);
    add("clocks_wrong", ledger.clocks_wrong);
    add("absences", ledger.absences);
    return out;
}

} // namespace sluice::simulation
