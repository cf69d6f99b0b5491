#include "source/sqs/lease_keeper.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace sluice::sqs {
namespace {

// A sleep that ends this much too late means that the whole process stood still (SIGSTOP, a
// suspended machine), and SQS did not.
constexpr std::chrono::seconds standstill{1};
constexpr std::chrono::seconds heartbeat{1};

// While anything is due, one more call at once each time.
constexpr std::chrono::milliseconds hiring_interval{1};

} // namespace

lease_keeper::lease_keeper(asio::any_io_executor executor, clock& time, queue& from,
                           custodian& owner, counters& count, options how)
    : clock_(time),
      from_(from),
      owner_(owner),
      count_(count),
      schedule_(how.visibility),
      wake_(time),
      call_ended_(time),
      crew_(std::move(executor), time, how.calls_max, [this] { return extend_some(); })
{}

void lease_keeper::watch(delivery& of, steady_time first_byte)
{
    const bool first = schedule_.next_due() == never;
    schedule_.watch(of, first_byte);
    if (first)
        wake_.wake();
}

void lease_keeper::stop()
{
    stopped_ = true;
    wake_.wake();
}

void lease_keeper::abandon()
{
    stop();
    crew_.cancel();
}

awaitable<void> lease_keeper::forget(std::span<const receipt> receipts)
{
    for (const receipt which : receipts)
        lease_schedule::forget(which);
    const std::uint64_t begun = calls_begun_;
    while (!running_.empty() && *running_.begin() <= begun)
        co_await call_ended_.wait();
}

awaitable<void> lease_keeper::run()
{
    while (!stopped_) {
        const steady_time now = clock_.now();
        if (schedule_.any_due(now)) {
            crew_.call();
            co_await wake_.sleep_for(hiring_interval);
            continue;
        }
        if (schedule_.next_due() == never) {
            co_await wake_.sleep();
            continue;
        }
        expected_wake_ = std::min(schedule_.next_due(), now + heartbeat);
        co_await wake_.sleep_until(expected_wake_);
        look_for_standstill();
    }
    co_await crew_.dismiss();
}

void lease_keeper::look_for_standstill()
{
    const steady_time now = clock_.now();
    if (now - expected_wake_ < standstill)
        return;
    log::warning("sqs", "the process stood still for {} s: every lease is suspect",
                 std::chrono::floor<std::chrono::seconds>(now - expected_wake_).count());
    schedule_.suspect_all(now);
}

awaitable<bool> lease_keeper::extend_some()
{
    if (stopped_)
        co_return false;
    const steady_time began = clock_.now();
    const std::vector<receipt> receipts = schedule_.take_due(began);
    if (receipts.empty())
        co_return false;
    const std::uint64_t number = ++calls_begun_;
    running_.insert(number);
    for (const receipt which : receipts)
        owner_.pin(*which.from);
    const auto unpin_all = [this, &receipts, number] {
        running_.erase(number);
        call_ended_.notify_all();
        for (const receipt which : receipts)
            owner_.unpin(*which.from);
    };
    try {
        const batch_result results =
            co_await from_.change_visibility(receipts, schedule_.visibility());
        settle(receipts, results, began);
    } catch (const queue_error& error) {
        if (reminder_.due(clock_.now()))
            log::warning("sqs",
                         "ChangeMessageVisibilityBatch failed: {}; it is tried again, and what is "
                         "not extended in time is handed out again",
                         error.what());
        count_.extensions.add(extension_result::retried, receipts.size());
        for (const receipt which : receipts)
            schedule_.failed(*which.from, clock_.now());
    } catch (...) { // cancelled
        unpin_all();
        throw;
    }
    unpin_all();
    co_return true;
}

void lease_keeper::settle(const std::vector<receipt>& receipts, const batch_result& results,
                          steady_time began)
{
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        const receipt which = receipts[i];
        if (which.state() != custody::in_work)
            continue; // committed or ended meanwhile: whatever SQS said is of no interest
        switch (results[i]) {
        case entry_result::done:
            schedule_.extended(which, began);
            count_.extensions.add(extension_result::extended);
            break;
        case entry_result::dead:
            which.from->not_extended.set(which.index);
            count_.extensions.add(extension_result::lost);
            break;
        case entry_result::retry:
            schedule_.failed(*which.from, clock_.now());
            count_.extensions.add(extension_result::retried);
            break;
        }
    }
}

} // namespace sluice::sqs
