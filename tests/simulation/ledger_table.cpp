#include "simulation/ledger_table.hpp"

namespace sluice::simulation {

using postgres::day_state;
using postgres::sys_days;
using std::chrono::days;

namespace {

// SQS keeps a message for 14 days, and whoever received it at last may hold it for 12 hours.
constexpr std::chrono::hours comes_again{14 * 24 + 12};

constexpr std::size_t time_bytes = 6; // a key begins with the milliseconds at which it was sent

sys_days day_of(std::string_view key)
{
    std::uint64_t ms = 0;
    for (const char c : key.substr(0, time_bytes))
        ms = ms << 8 | static_cast<unsigned char>(c);
    return std::chrono::floor<days>(wall_time(milliseconds(static_cast<std::int64_t>(ms))));
}

std::string first_key_of(sys_days day)
{
    const auto ms = static_cast<std::uint64_t>(milliseconds(day.time_since_epoch()).count());
    std::string out(16, '\0');
    for (std::size_t i = 0; i < time_bytes; ++i)
        out[i] = static_cast<char>(ms >> (8 * (time_bytes - 1 - i)));
    return out;
}

} // namespace

bool ledger_table::has_day_of(const std::string& key) const
{
    const auto it = days_.find(day_of(key));
    return it != days_.end() && it->second == day_state::attached;
}

bool ledger_table::must_make_day_of(const std::string& key) const
{
    return !has_day_of(key) && (!closing_ || day_of(key) >= *closing_);
}

std::size_t ledger_table::forget_after(std::uint64_t place)
{
    return std::erase_if(entries_, [place](const auto& each) { return each.second > place; });
}

std::optional<transform::ledger_key> ledger_table::closing() const
{
    if (!closing_)
        return std::nullopt;
    transform::ledger_key out;
    const std::string key = first_key_of(*closing_);
    std::copy(key.begin(), key.end(), out.begin());
    return out;
}

std::vector<postgres::ledger_day> ledger_table::present() const
{
    std::vector<postgres::ledger_day> out;
    for (const auto& [day, state] : days_)
        out.push_back({day, state});
    return out;
}

bool ledger_table::is_cut_short()
{
    const bool out = !in_.healed && luck_.hit(in_.how.ledger.rounds_cut);
    if (out)
        in_.reached.reach(occasion::round_cut);
    return out;
}

void ledger_table::tend(wall_time here, wall_time there)
{
    const postgres::day_plan plan = postgres::plan_days(present(), closing_, here, there);
    make(plan.make);
    if (!closing_)
        begin_floor();
    if (!plan.go.empty())
        take_away(plan);
}

// CREATE, then ATTACH.
void ledger_table::make(const std::vector<sys_days>& wanted)
{
    for (const sys_days day : wanted) {
        days_.try_emplace(day, day_state::loose);
        if (is_cut_short())
            return;
        days_[day] = day_state::attached;
    }
}

void ledger_table::begin_floor()
{
    for (const auto& [day, state] : days_)
        if (state == day_state::attached) {
            floor_ = closing_ = day;
            return;
        }
}

void ledger_table::take_away(const postgres::day_plan& plan)
{
    if (closing_) { // without a floor yet, the UPDATE finds no row: only loose days can go
        closing_ = std::max(*closing_, *plan.floor);
        in_.history.note("ledger", "closes below {}", closing_->time_since_epoch().count());
    }
    for (const postgres::ledger_day& each : plan.go) {
        if (is_cut_short())
            return;
        if (each.state == day_state::attached)
            judge_loss_of(each.day); // from here on nobody finds its entries
        days_[each.day] = day_state::detaching;
        if (is_cut_short())
            return;
        days_[each.day] = day_state::loose;
        if (is_cut_short())
            return;
        drop(each.day);
    }
}

void ledger_table::judge_loss_of(sys_days day)
{
    const wall_time last_sent = wall_time(day + days{1}) - milliseconds(1);
    if (last_sent + comes_again > in_.time.wall_now())
        in_.judge.broken(
            ledger_complete,
            "day {} goes, and a message that was sent on it may come again for {} s",
            postgres::partition_name(day),
            std::chrono::floor<seconds>(last_sent + comes_again - in_.time.wall_now()).count());
}

void ledger_table::drop(sys_days day)
{
    const auto first = entries_.lower_bound(first_key_of(day));
    const auto last = entries_.lower_bound(first_key_of(day + days{1}));
    if (first != last)
        in_.reached.reach(occasion::entries_dropped);
    entries_.erase(first, last);
    days_.erase(day);
    if (floor_)
        floor_ = std::max(*floor_, day + days{1});
    in_.reached.reach(occasion::day_dropped);
}

} // namespace sluice::simulation
