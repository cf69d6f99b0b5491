#include "simulation/run.hpp"

#include "simulation/misfortunes.hpp"

namespace sluice::simulation {
namespace {

constexpr std::uint64_t steps_max = 5'000'000;

// While nothing works, of one connection and of one daemon.
constexpr std::uint64_t connects_a_minute = 12;
constexpr std::uint64_t calls_a_minute = 60;

constexpr seconds restart_most{20};
constexpr seconds person_most{320};
constexpr seconds hidden_most{900};
constexpr seconds drain_bound_holds{500};
constexpr seconds until_read{65}; // of the queue's attributes

class simulation
{
public:
    simulation(const swarm& how, bool print)
        : in_(how, print),
          tables_(in_),
          queue_(in_),
          daemons_(in_, queue_, tables_),
          misfortunes_(in_, queue_, tables_, daemons_)
    {}

    void run();
    [[nodiscard]] run_result result();

private:
    [[nodiscard]] bool step();
    void live_until(steady_time end);
    void drain();
    [[nodiscard]] steady_clock::duration drain_bound() const;
    void judge_outage();
    void judge_scale();
    void judge_attempts();
    void judge_messages(bool all_must_have_ended);
    [[nodiscard]] bool ran_out(const sent_message& which) const;

    world in_;
    database tables_;
    queue_server queue_;
    fleet daemons_;
    misfortunes misfortunes_;
    dice luck_{in_.how.seed, "world"};
    std::uint64_t steps_ = 0;
};

// One thing happens: a handler of a daemon, or something in the world. When nothing is ready, time
// goes on to the next thing. False if there is none.
bool simulation::step()
{
    ++steps_;
    const bool world_due = in_.time.earliest() <= in_.time.now();
    const bool daemon_due = daemons_.anyone_ready();
    if (daemon_due && (!world_due || luck_.hit(0.5)))
        return daemons_.step();
    if (world_due)
        return in_.time.happen();
    const steady_time next = std::min(in_.time.earliest(), daemons_.wakes_at());
    if (next == never)
        return false;
    in_.time.move_to(next);
    daemons_.ring();
    return true;
}

void simulation::live_until(steady_time end)
{
    while (steps_ < steps_max && in_.time.now() < end && step()) {}
}

void simulation::run()
{
    live_until(timeline::beginning + in_.how.faults_end);
    if (!in_.how.heals) {
        daemons_.kill_all();
        judge_messages(false);
        return;
    }
    in_.history.note("world", "heals");
    in_.healed = true;
    tables_.heal();
    queue_.unreachable = queue_.denies = false;
    queue_.see_again();
    if (in_.how.long_outage)
        judge_outage();
    drain();
    judge_attempts();
    judge_messages(true);
}

// A day without a database: nobody called in haste, and nothing was used up.
void simulation::judge_outage()
{
    in_.reached.reach(occasion::survived_long_outage);
    const auto minutes = static_cast<std::uint64_t>(in_.how.faults_end.count() / 60);
    if (tables_.connects() > minutes * in_.how.shape.connections * connects_a_minute)
        in_.judge.broken(bounded_retry, "{} connection attempts in {} minutes", tables_.connects(),
                         minutes);
    if (daemons_.queue_calls() > minutes * calls_a_minute)
        in_.judge.broken(bounded_retry, "{} calls of SQS in {} minutes", daemons_.queue_calls(),
                         minutes);
}

// How long it may take until nothing is left, in a world without faults.
steady_clock::duration simulation::drain_bound() const
{
    const swarm& how = in_.how;
    steady_clock::duration out = 3 * how.visibility + std::chrono::minutes(4);
    // Each kills six times, and all that was in work with it waits for the end of its lease.
    // Given back after max_hold, a message stays hidden for a while.
    if (how.shape.max_hold < drain_bound_holds)
        out += hidden_most;
    // Each time the brake is pulled, somebody has to come.
    if (how.shape.brake.count < how.messages)
        out += (how.messages / how.shape.brake.count + 2) *
                   (person_most + 2 * how.visibility + how.shape.drain_deadline) +
               hidden_most;
    if (how.queue.recreated)
        out += std::chrono::minutes(3);
    // The messages of a group go one after another; those that came often are alone in a batch.
    if (how.groups > 0)
        out += how.messages * (how.shape.batch_linger + how.shape.delete_linger + seconds(2));
    // One daemon stores five a second, and may have to begin anew.
    if (how.burst)
        out += seconds(how.messages / 2);
    out += 6 * how.killers * (how.visibility + restart_most);
    return out;
}

void simulation::drain()
{
    const swarm& how = in_.how;
    const steady_clock::duration span = drain_bound();
    const steady_time bound = in_.time.now() + span;
    if (how.shape.once)
        daemons_.stop_all(); // the next ones end by themselves
    while (steps_ < steps_max && how.shape.once && !daemons_.all_ended() && step()) {}
    daemons_.heal(how.shape.once);
    const auto drained = [&] {
        return how.shape.once ? daemons_.all_ended() && queue_.empty() : queue_.empty();
    };
    while (!drained()) {
        if (in_.time.now() > bound || steps_ >= steps_max || !step()) {
            in_.judge.broken(drained_in_time, "something is left {} s after healing",
                             std::chrono::floor<seconds>(in_.time.now() - bound + span).count());
            break;
        }
    }
    if (how.burst)
        judge_scale();
    daemons_.stop_all();
    while (steps_ < steps_max && !daemons_.all_ended() && step()) {}
    if (!daemons_.all_ended()) {
        in_.judge.broken(stop_in_time, "a stop does not end");
        daemons_.kill_all();
    }
}

// Nothing is left to do: with the next reading of the queue, one daemon is wanted.
void simulation::judge_scale()
{
    const steady_time bound = in_.time.now() + until_read;
    while (steps_ < steps_max && in_.time.now() < bound && step()) {}
    if (daemons_.wanted() > 1)
        in_.judge.broken(scale_in_reason, "{} daemons are wanted for an empty queue",
                         daemons_.wanted());
}

// Whoever survived a message has said so, as soon as the database heard it.
void simulation::judge_attempts()
{
    for (const auto& [id, each] : in_.attempts.entries())
        if (!each.is_true())
            in_.judge.broken(true_evidence, "{} attempts at {} speak of {} deaths", each.begun, id,
                             each.evidence());
}

void simulation::judge_messages(bool all_must_have_ended)
{
    if (in_.how.long_outage && queue_.redriven() > 0)
        in_.judge.broken(few_receives, "{} messages went to the queue's dead-letter queue",
                         queue_.redriven());
    for (const sent_message& each : in_.messages.all()) {
        const std::size_t number = in_.messages.index_of(each);
        if (in_.how.long_outage && queue_.receives_of(each) > 2)
            in_.judge.broken(few_receives, "message {} was received {} times", number,
                             queue_.receives_of(each));
        if (each.id.empty() || tables_.holds_end_of(each) || queue_.was_purged(each) ||
            ran_out(each))
            continue;
        if (all_must_have_ended && queue_.redriven() == 0 && !each.is_bad &&
            tables_.was_beside_bad(each))
            in_.judge.broken(bad_ones_alone, "message {} has no row: one beside it is bad", number);
        if (queue_.was_deleted(each))
            in_.judge.broken(no_loss, "message {} was deleted and is stored nowhere", number);
        else if (all_must_have_ended && queue_.redriven() == 0)
            in_.judge.broken(no_loss, "message {} has no end", number);
    }
}

// SQS drops what it has kept for its retention period. That is no loss of ours if a batch met a day
// that was missing meanwhile: the pipeline waits for a person to make it, and nobody came in time.
bool simulation::ran_out(const sent_message& which) const
{
    const auto kept = queue_.expired(which);
    return kept && tables_.lacked_day_between(kept->from, kept->to);
}

run_result simulation::result()
{
    run_result out;
    out.trace_hash = in_.history.hash();
    out.steps = steps_;
    out.simulated = in_.time.now() - timeline::beginning;
    out.breaches = in_.judge.found();
    out.reached = in_.reached;
    out.how = in_.how.text();
    return out;
}

} // namespace

run_result run_seed(std::uint64_t seed, bool print)
{
    simulation world(draw_swarm(seed), print);
    world.run();
    return world.result();
}

} // namespace sluice::simulation
