#include "pipeline/releaser.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace sluice::pipeline {
namespace {

constexpr std::chrono::seconds hidden_max = std::chrono::minutes{15};
constexpr std::uint32_t doublings_max = 10; // far beyond hidden_max for any timeout

} // namespace

std::chrono::seconds release_visibility(std::chrono::seconds timeout,
                                        std::uint32_t receive_count) noexcept
{
    const std::uint32_t doublings = std::min(receive_count, doublings_max);
    return std::min(timeout * (1U << doublings), std::max(hidden_max, timeout));
}

void releaser::take_receipts(const transform::row_batch& batch, std::vector<receipt>& into) const
{
    for (const auto& each : batch.rows)
        into.push_back(each.from);
    for (const auto& each : batch.letter_entries)
        into.push_back(each.from);
    into.insert(into.end(), batch.duplicates.begin(), batch.duplicates.end());
    into.insert(into.end(), batch.corrupt.begin(), batch.corrupt.end());
}

// A lease was given for `visibility_`, so its end tells when the message came.
bool releaser::is_overdue(const receipt& one, std::chrono::milliseconds max_hold) const
{
    return one.from->first_lease_ends - visibility_ <= with_.time.now() - max_hold;
}

bool releaser::is_overdue(const transform::row_batch& batch,
                          std::chrono::milliseconds max_hold) const
{
    std::vector<receipt> all;
    take_receipts(batch, all);
    return std::ranges::any_of(all,
                               [&](const receipt& each) { return is_overdue(each, max_hold); });
}

// What the database may have had keeps its lease until that runs out: its outcome is not known.
std::size_t releaser::let_go(postgres::write_job job, std::vector<hidden_for>& into)
{
    std::vector<receipt> all;
    for (const postgres::write_job* each = &job; each != nullptr; each = each->then.get())
        take_receipts(*each->batch, all);
    for (const receipt each : all) {
        if (job.handed_over)
            with_.held.ended(each, record_result::lost);
        else
            into.push_back({release_visibility(visibility_, each->receive_count), each});
    }
    with_.work.pool.give_back(std::move(job.batch));
    return all.size();
}

awaitable<std::size_t> releaser::release_overdue(std::chrono::milliseconds max_hold)
{
    while (auto batch = with_.batches.take_waiting()) {
        postgres::write_job job;
        job.way = batch->way;
        job.batch = std::move(batch);
        with_.again.put_back(std::move(job));
    }
    std::size_t count = 0;
    std::vector<hidden_for> overdue;
    for (postgres::write_job& job : with_.again.take_all()) {
        if (is_overdue(*job.batch, max_hold))
            count += let_go(std::move(job), overdue);
        else
            with_.again.put_back(std::move(job));
    }
    const auto is_old = [&](const receipt& each) { return is_overdue(each, max_hold); };
    std::vector<receipt> waiting = with_.intake.take_unbegun_if(is_old);
    const std::vector<receipt> suspects = with_.intake.take_suspects_if(is_old);
    waiting.insert(waiting.end(), suspects.begin(), suspects.end());
    for (const receipt each : waiting) {
        overdue.push_back({release_visibility(visibility_, each->receive_count), each});
        ++count;
    }
    co_await release(std::move(overdue));
    co_return count;
}

std::size_t releaser::give_up_set_aside(std::chrono::milliseconds max_hold)
{
    std::size_t count = 0;
    std::vector<hidden_for> none; // they were all handed over
    for (postgres::write_job& job : with_.again.take_all()) {
        if (job.held != 0 && is_overdue(*job.batch, max_hold))
            count += let_go(std::move(job), none);
        else
            with_.again.put_back(std::move(job));
    }
    return count;
}

awaitable<void> releaser::release_all()
{
    std::vector<receipt> unsent = with_.intake.take_all();
    for (const postgres::write_job& job : with_.again.take_all())
        if (!job.handed_over)
            take_receipts(*job.batch, unsent);
    while (const auto batch = with_.batches.take_waiting())
        take_receipts(*batch, unsent);
    std::vector<hidden_for> messages;
    for (const receipt each : unsent)
        messages.push_back({std::chrono::seconds(0), each});
    co_await release(std::move(messages));
}

// In tens of the same timeout, as one call demands.
awaitable<void> releaser::release(std::vector<hidden_for> messages)
{
    std::ranges::stable_sort(messages, {}, &hidden_for::timeout);
    for (std::size_t at = 0; at < messages.size();) {
        const std::chrono::seconds timeout = messages[at].timeout;
        std::vector<receipt> some;
        while (at < messages.size() && some.size() < messages_per_call &&
               messages[at].timeout == timeout)
            some.push_back(messages[at++].which);
        co_await with_.leases.forget(some); // not before: the others are still held
        try {
            static_cast<void>(co_await with_.queue.change_visibility(some, timeout));
        } catch (const sqs::queue_error& error) {
            log::warning("sqs",
                         "{}: messages were not released, and come again after their "
                         "visibility timeout: {}",
                         name_, error.what());
        }
        for (const receipt each : some)
            with_.held.ended(each, record_result::released);
    }
}

} // namespace sluice::pipeline
