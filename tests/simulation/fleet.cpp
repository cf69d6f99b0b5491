#include "simulation/fleet.hpp"

#include <algorithm>

namespace sluice::simulation {
namespace {

constexpr milliseconds start_gap_most{3000};
constexpr milliseconds restart_gap_least{50};
constexpr milliseconds restart_gap_most{15000};

// Of those that sleep.
constexpr seconds awake_least{60};
constexpr seconds awake_most{400};
constexpr std::chrono::hours asleep_least{1};
constexpr std::chrono::hours asleep_most{40};

// Until somebody has looked at the dead letters, and resumes or restarts it.
constexpr seconds person_least{20};
constexpr seconds person_most{300};

} // namespace

fleet::fleet(world& in, queue_server& queue, database& tables)
    : in_(in), queue_(queue), tables_(tables), luck_(in.how.seed, "fleet")
{
    places_.resize(in_.how.daemons);
    for (unsigned i = 0; i < places_.size(); ++i) {
        places_[i].number = i + 1;
        const auto gap = luck_.between(milliseconds(0), start_gap_most);
        in_.time.after(i == 0 ? steady_clock::duration(0) : gap, [this, i] { start(places_[i]); });
    }
}

void fleet::start(place& at)
{
    if (at.now || (last_lives_ && at.lives > 0 && !once_))
        return;
    ++at.lives;
    at.now = std::make_unique<daemon>(
        in_, queue_, tables_,
        daemon::plan{fmt::format("daemon {}.{}", at.number, at.lives), once_});
    at.person_is_called = false;
    if (in_.how.process.sleeps && !in_.healed)
        in_.time.after(luck_.between(steady_clock::duration(awake_least), awake_most),
                       [this, name = at.now->name()] {
                           if (!in_.healed)
                               stop_if_still(name);
                       });
}

void fleet::stop_if_still(const std::string& name)
{
    for (const place& each : places_)
        if (each.now && each.now->name() == name)
            each.now->stop();
}

void fleet::resume_if_still(const std::string& name)
{
    for (place& each : places_)
        if (each.now && each.now->name() == name) {
            each.now->resume();
            each.person_is_called = each.now->is_braked(); // who is stopping takes no command
        }
}

// The brake holds until it is released, or a restart.
void fleet::send_person_to(const place& at)
{
    const bool releases = luck_.hit(0.5);
    in_.time.after(luck_.between(steady_clock::duration(person_least), person_most),
                   [this, releases, name = at.now->name()] {
                       if (releases)
                           resume_if_still(name);
                       else
                           stop_if_still(name);
                   });
}

// Its end is judged; another life begins after a while.
void fleet::bury(place& at)
{
    calls_of_the_dead_ += at.now->queue_calls();
    if (once_) {
        in_.reached.reach(occasion::ended_by_itself);
        if (!at.now->went_well())
            in_.judge.broken(no_failure, "{}: did not go well, in a sound world", at.now->name());
    }
    at.now.reset();
    if (last_lives_)
        return;
    const bool sleeps = in_.how.process.sleeps && !in_.healed;
    const auto gap = sleeps ? luck_.between(steady_clock::duration(asleep_least), asleep_most)
                            : luck_.between(restart_gap_least, restart_gap_most);
    in_.time.after(gap, [this, &at] { start(at); });
}

bool fleet::anyone_ready() const noexcept
{
    return std::any_of(places_.begin(), places_.end(),
                       [](const place& each) { return each.now && each.now->is_ready(); });
}

std::size_t fleet::wanted() const noexcept
{
    std::size_t out = 0;
    for (const place& each : places_)
        if (each.now)
            out = std::max(out, each.now->inner().desired_replicas());
    return out;
}

bool fleet::step()
{
    std::size_t ready = 0;
    for (const place& each : places_)
        ready += each.now && each.now->is_ready() ? 1 : 0;
    if (ready == 0)
        return false;
    std::size_t which = luck_.below(ready);
    for (place& each : places_) {
        if (!each.now || !each.now->is_ready() || which-- != 0)
            continue;
        each.now->step();
        if (each.now->is_braked() && !each.person_is_called) {
            each.person_is_called = true;
            if (++each.brakes > 1)
                in_.reached.reach(occasion::braked_again);
            send_person_to(each);
        }
        if (each.now->has_ended())
            bury(each);
        break;
    }
    return true;
}

steady_time fleet::wakes_at() const noexcept
{
    steady_time out = never;
    for (const place& each : places_)
        if (each.now)
            out = std::min(out, each.now->wakes_at());
    return out;
}

void fleet::ring()
{
    for (const place& each : places_)
        if (each.now && each.now->wakes_at() <= in_.time.now())
            each.now->ring();
}

daemon* fleet::one_alive()
{
    std::vector<daemon*> alive;
    for (const place& each : places_)
        if (each.now)
            alive.push_back(each.now.get());
    return alive.empty() ? nullptr : luck_.pick(alive);
}

void fleet::kill_one(std::uint64_t after_handlers)
{
    if (daemon* const one = one_alive())
        one->kill_after(after_handlers);
}

void fleet::stop_one()
{
    if (daemon* const one = one_alive())
        one->stop();
}

void fleet::freeze_one(steady_clock::duration span)
{
    daemon* const one = one_alive();
    if (one == nullptr)
        return;
    one->freeze();
    const std::string name = one->name();
    in_.time.after(span, [this, name] {
        for (const place& each : places_)
            if (each.now && each.now->name() == name)
                each.now->thaw();
    });
}

void fleet::pause_one(steady_clock::duration span)
{
    daemon* const one = one_alive();
    if (one == nullptr)
        return;
    one->pause();
    in_.time.after(span, [this, name = one->name()] { resume_if_still(name); });
}

void fleet::set_wall_of_one_wrong_by(std::chrono::milliseconds how_much)
{
    if (daemon* const one = one_alive()) {
        in_.reached.reach(occasion::wall_clock_jumped);
        one->set_wall_wrong_by(how_much);
    }
}

void fleet::heal(bool once)
{
    once_ = once;
    for (place& each : places_) {
        if (each.now)
            each.now->thaw();
        if (each.now && each.now->is_paused())
            each.now->resume();
        if (!each.now)
            start(each);
    }
}

void fleet::stop_all()
{
    last_lives_ = true;
    for (const place& each : places_)
        if (each.now)
            each.now->stop();
}

void fleet::kill_all()
{
    last_lives_ = true;
    for (place& each : places_) {
        if (!each.now)
            continue;
        each.now->kill();
        bury(each);
    }
}

bool fleet::all_ended() const noexcept
{
    return std::none_of(places_.begin(), places_.end(),
                        [](const place& each) { return each.now != nullptr; });
}

std::uint64_t fleet::queue_calls() const noexcept
{
    std::uint64_t out = calls_of_the_dead_;
    for (const place& each : places_)
        if (each.now)
            out += each.now->queue_calls();
    return out;
}

} // namespace sluice::simulation
