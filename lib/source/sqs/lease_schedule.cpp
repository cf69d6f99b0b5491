#include "source/sqs/lease_schedule.hpp"

#include <algorithm>

namespace sluice::sqs {
namespace {

bool needs_extension(const delivery& of, std::size_t index) noexcept
{
    return of.state[index] == custody::in_work && !of.not_extended[index];
}

} // namespace

void lease_schedule::watch(delivery& of, steady_time first_byte)
{
    const steady_time began = first_byte - start_margin;
    of.first_lease_ends = began + visibility_;
    for (std::size_t i = 0; i < of.count; ++i)
        of.lease_ends[i] = began + visibility_;
    enqueue(of, began + third());
}

// Nearly always the end of the list: all leases are of one length.
void lease_schedule::enqueue(delivery& of, steady_time due)
{
    of.unlink();
    of.extend_at = due;
    auto at = waiting_.end();
    while (at != waiting_.begin() && std::prev(at)->extend_at > due)
        --at;
    waiting_.insert(at, of);
}

std::vector<receipt> lease_schedule::take_due(steady_time now)
{
    std::vector<receipt> due;
    while (!waiting_.empty() && waiting_.front().extend_at <= now) {
        delivery& next = waiting_.front();
        std::size_t wanted = 0;
        for (std::size_t i = 0; i < next.count; ++i)
            wanted += needs_extension(next, i) ? 1 : 0;
        if (wanted == 0) {
            waiting_.pop_front(); // all committed, or all lost: nothing to keep
            continue;
        }
        if (due.size() + wanted > messages_per_call)
            break;
        for (std::size_t i = 0; i < next.count; ++i)
            if (needs_extension(next, i))
                due.push_back({&next, static_cast<std::uint8_t>(i)});
        enqueue(next, now + third());
    }
    return due;
}

bool lease_schedule::any_due(steady_time now) const noexcept
{
    return !waiting_.empty() && waiting_.front().extend_at <= now;
}

steady_time lease_schedule::next_due() const noexcept
{
    return waiting_.empty() ? never : waiting_.front().extend_at;
}

void lease_schedule::extended(receipt which, steady_time began) noexcept
{
    which.lease_ends() = began - start_margin + visibility_;
}

void lease_schedule::failed(delivery& of, steady_time now)
{
    if (of.is_linked())
        enqueue(of, std::min(of.extend_at, now + steady_clock::duration(visibility_) / 15));
}

void lease_schedule::suspect_all(steady_time now) noexcept
{
    for (delivery& of : waiting_)
        of.extend_at = now;
}

steady_clock::duration lease_schedule::least_remaining(steady_time now) const noexcept
{
    steady_clock::duration least = visibility_;
    for (const delivery& of : waiting_)
        for (std::size_t i = 0; i < of.count; ++i)
            if (of.state[i] == custody::in_work)
                least = std::min(least, of.lease_ends[i] - now);
    return least;
}

} // namespace sluice::sqs
