#include "simulation/attempt_book.hpp"

#include <algorithm>
#include <utility>

namespace sluice::simulation {
namespace {

// synchronous_commit = off: a crash loses at most three times wal_writer_delay.
constexpr std::chrono::milliseconds not_on_disk{600};

} // namespace

unsigned attempt_book::begun(std::string_view id) const
{
    const auto it = entries_.find(id);
    return it == entries_.end() ? 0 : it->second.begun;
}

void attempt_book::remember(std::string_view id, steady_time now)
{
    const auto it = entries_.find(id);
    last_ = {std::string(id), it == entries_.end() ? std::nullopt : std::optional(it->second), now};
}

void attempt_book::begin(std::string_view id, unsigned number, std::string_view by, steady_time now)
{
    remember(id, now);
    entry& at = entries_[std::string(id)];
    at.begun = std::max(at.begun, number);
    if (number <= deaths_for_conviction) // else it is not read
        at.running.emplace(by);
}

void attempt_book::end(std::string_view id, steady_time now)
{
    remember(id, now);
    if (const auto it = entries_.find(id); it != entries_.end())
        entries_.erase(it);
}

void attempt_book::process_ended(std::string_view who)
{
    for (auto& [id, each] : entries_)
        if (const auto it = each.running.find(who); it != each.running.end()) {
            each.running.erase(it);
            ++each.deaths;
        }
}

bool attempt_book::crash(steady_time now)
{
    if (!last_ || now - last_->at > not_on_disk)
        return false;
    const change undone = *std::exchange(last_, std::nullopt);
    const auto now_there = entries_.find(undone.id);
    const bool was_end = now_there == entries_.end();
    const auto still_running =
        was_end ? std::set<std::string, std::less<>>() : now_there->second.running;
    entries_.erase(undone.id);
    if (!undone.before)
        return true;
    entry& back = entries_[undone.id] = *undone.before;
    if (was_end) { // who ended it has gone on
        back.forgotten += static_cast<unsigned>(back.running.size());
        back.running.clear();
    } else {
        back.running = still_running;
    }
    return true;
}

unsigned attempt_book::evidence_of(std::string_view id) const
{
    const auto it = entries_.find(id);
    return it == entries_.end() ? 0 : it->second.evidence();
}

bool attempt_book::any_open(std::string_view by) const
{
    return std::ranges::any_of(entries_,
                               [by](const auto& each) { return each.second.running.contains(by); });
}

} // namespace sluice::simulation
