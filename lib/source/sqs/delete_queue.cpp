#include "source/sqs/delete_queue.hpp"

#include <algorithm>

namespace sluice::sqs {

void delete_queue::add(receipt which, steady_time now)
{
    waiting_.push_back({which, now + linger_});
}

bool delete_queue::retry(receipt which, steady_time now, steady_clock::duration pause)
{
    if (which.lease_ends() <= now + pause)
        return false;
    retries_.push_back({which, now + pause});
    return true;
}

bool delete_queue::waited_enough(steady_time now) const noexcept
{
    if (waiting_.empty())
        return false;
    return hurried_ || waiting_.size() >= messages_per_call || waiting_.front().due <= now;
}

bool delete_queue::retry_due(steady_time now) const noexcept
{
    return std::any_of(retries_.begin(), retries_.end(),
                       [now](const entry& waiting) { return waiting.due <= now; });
}

std::vector<receipt> delete_queue::take(steady_time now)
{
    std::vector<receipt> out;
    if (!waited_enough(now) && !retry_due(now))
        return out;
    out.reserve(messages_per_call);
    const auto take_retry = [&](const entry& waiting) {
        if (out.size() == messages_per_call || waiting.due > now)
            return false;
        out.push_back(waiting.which);
        return true;
    };
    retries_.erase(std::remove_if(retries_.begin(), retries_.end(), take_retry), retries_.end());
    // A retry that leaves anyway takes others along: the call costs the same.
    while (out.size() < messages_per_call && !waiting_.empty()) {
        out.push_back(waiting_.front().which);
        waiting_.pop_front();
    }
    return out;
}

steady_time delete_queue::next_due() const noexcept
{
    steady_time due = never;
    if (waited_enough(steady_time::min()))
        due = steady_time::min();
    else if (!waiting_.empty())
        due = waiting_.front().due;
    for (const entry& waiting : retries_)
        due = std::min(due, waiting.due);
    return due;
}

} // namespace sluice::sqs
