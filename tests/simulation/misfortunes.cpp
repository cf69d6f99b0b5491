#include "simulation/misfortunes.hpp"

#include <array>

namespace sluice::simulation {
namespace {

constexpr seconds spell_longest{70};
constexpr seconds standstill_longest{90};
constexpr std::chrono::hours long_outage{24};
constexpr std::chrono::hours wall_jump{26};
constexpr std::chrono::hours absence_longest{7 * 24};
constexpr std::chrono::hours ledger_interval{1};
constexpr std::chrono::hours clock_error{24};
constexpr std::chrono::hours clock_nonsense{30};
constexpr std::uint64_t handlers_before_kill = 300;

} // namespace

misfortunes::misfortunes(world& in, queue_server& queue, database& tables, fleet& daemons)
    : in_(in), queue_(queue), tables_(tables), daemons_(daemons), luck_(in.how.seed, "misfortunes")
{
    plan_ledger();
    if (in_.how.long_outage) {
        plan_long_outage();
        return;
    }
    plan_database();
    plan_standby();
    plan_queue();
    plan_operator();
    plan_processes();
}

void misfortunes::at_some_time(std::function<void()> what)
{
    const auto until = std::chrono::duration_cast<steady_clock::duration>(in_.how.faults_end);
    in_.time.after(luck_.between(steady_clock::duration(0), until), [this, what = std::move(what)] {
        if (!in_.healed)
            what();
    });
}

template <class Begin, class End>
void misfortunes::spell(steady_clock::duration longest, Begin begin, End end)
{
    const auto span = luck_.between(steady_clock::duration(0), longest);
    at_some_time([this, span, begin, end] {
        begin();
        in_.time.after(span, [this, end] {
            if (!in_.healed)
                end();
        });
    });
}

void misfortunes::spell_of(weather what, steady_clock::duration longest)
{
    spell(
        longest, [this, what] { tables_.set_weather(what); },
        [this, what] {
            if (tables_.now() == what) // else another one has come over it
                tables_.set_weather(weather::fine);
        });
}

void misfortunes::plan_database()
{
    const database_faults& how = in_.how.database;
    for (unsigned i = 0; i < how.crashes; ++i)
        spell(
            seconds(20),
            [this] {
                tables_.crash();
                tables_.set_weather(luck_.hit(0.5) ? weather::refusing : weather::starting);
            },
            [this] { tables_.set_weather(weather::fine); });
    for (unsigned i = 0; i < how.refusals; ++i)
        spell_of(weather::refusing, spell_longest);
    for (unsigned i = 0; i < how.sicknesses; ++i)
        spell_of(weather::sick, spell_longest);
    for (unsigned i = 0; i < how.read_onlys; ++i)
        spell_of(weather::read_only, spell_longest);
    static constexpr std::array wrongs{weather::no_right, weather::no_table, weather::no_partition};
    for (unsigned i = 0; i < how.wrongs; ++i)
        spell_of(luck_.pick(wrongs), spell_longest);
}

void misfortunes::plan_standby()
{
    const database_faults& how = in_.how.database;
    for (unsigned i = 0; i < how.standby_gaps; ++i)
        spell(
            spell_longest, [this] { tables_.set_standby_gone(true); },
            [this] {
                // Either it comes back, or it takes over without what it has not seen.
                if (in_.how.database.failovers > 0 && luck_.hit(0.5))
                    tables_.fail_over();
                else
                    tables_.set_standby_gone(false);
            });
    for (unsigned i = 0; i < how.failovers; ++i)
        at_some_time([this] { tables_.fail_over(); });
}

void misfortunes::plan_queue()
{
    const queue_faults& how = in_.how.queue;
    for (unsigned i = 0; i < how.outages; ++i)
        spell(
            spell_longest, [this] { queue_.unreachable = true; },
            [this] { queue_.unreachable = false; });
    for (unsigned i = 0; i < how.denials; ++i)
        spell(spell_longest, [this] { queue_.denies = true; }, [this] { queue_.denies = false; });
    for (unsigned i = 0; i < how.blindnesses; ++i)
        spell(spell_longest, [this] { queue_.blind = true; }, [this] { queue_.see_again(); });
}

// A queue of this name may be made again after a minute.
void misfortunes::plan_operator()
{
    if (in_.how.queue.purged)
        at_some_time([this] {
            if (queue_.is_there())
                queue_.purge();
        });
    // Early, so that messages come before and after.
    if (in_.how.queue.recreated)
        in_.time.after(luck_.between(steady_clock::duration(0), in_.how.sending_for / 3), [this] {
            queue_.destroy();
            in_.time.after(luck_.between(steady_clock::duration(seconds(61)), spell_longest * 2),
                           [this] { queue_.create_anew(); });
        });
}

void misfortunes::plan_ledger()
{
    for (unsigned i = 0; i < in_.how.ledger.absences; ++i)
        spell(absence_longest, [this] { nobody_tends_ = true; }, [this] { nobody_tends_ = false; });
    in_.time.after(luck_.between(steady_clock::duration(0), ledger_interval),
                   [this] { tend_ledger(); });
}

// Once an hour, by somebody whose clock may be wrong, or the server's is.
void misfortunes::tend_ledger()
{
    milliseconds here{0};
    milliseconds there{0};
    if (!in_.healed && luck_.hit(in_.how.ledger.clocks_wrong)) {
        const auto draw = [this](std::chrono::hours most) {
            return std::chrono::floor<milliseconds>(
                luck_.between(-steady_clock::duration(most), steady_clock::duration(most)));
        };
        if (luck_.hit(0.5)) { // both, each by less than a day
            here = draw(clock_error);
            there = draw(clock_error);
        } else { // one of them, by whatever
            (luck_.hit(0.5) ? here : there) = draw(clock_nonsense);
        }
    }
    if (!nobody_tends_ || in_.healed)
        tables_.tend_ledger(here, there);
    in_.time.after(ledger_interval, [this] { tend_ledger(); });
}

void misfortunes::plan_processes()
{
    const process_faults& how = in_.how.process;
    for (unsigned i = 0; i < how.kills; ++i)
        at_some_time([this] { daemons_.kill_one(luck_.below(handlers_before_kill)); });
    for (unsigned i = 0; i < how.stops; ++i)
        at_some_time([this] { daemons_.stop_one(); });
    for (unsigned i = 0; i < how.standstills; ++i)
        at_some_time([this] {
            daemons_.freeze_one(luck_.between(steady_clock::duration(seconds(1)),
                                              steady_clock::duration(standstill_longest)));
        });
    for (unsigned i = 0; i < how.pauses; ++i)
        at_some_time([this] {
            daemons_.pause_one(
                luck_.between(steady_clock::duration(0), steady_clock::duration(spell_longest)));
        });
    for (unsigned i = 0; i < how.wall_jumps; ++i)
        at_some_time(
            [this] { daemons_.set_wall_of_one_wrong_by(luck_.hit(0.5) ? wall_jump : -wall_jump); });
}

// A day without a database: everything is held, nothing is received, nobody calls in haste.
void misfortunes::plan_long_outage()
{
    in_.time.after(luck_.between(steady_clock::duration(0), steady_clock::duration(seconds(5))),
                   [this] {
                       tables_.set_weather(weather::refusing);
                       tables_.crash();
                   });
    in_.time.after(long_outage, [this] { tables_.set_weather(weather::fine); });
}

} // namespace sluice::simulation
