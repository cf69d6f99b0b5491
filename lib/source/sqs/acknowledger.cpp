#include "source/sqs/acknowledger.hpp"

#include "core/log.hpp"

namespace sluice::sqs {
namespace {

constexpr std::chrono::milliseconds entry_retry_pause{200};

} // namespace

acknowledger::acknowledger(asio::any_io_executor executor, clock& time, random_source& random,
                           queue& from, custodian& owner, counters& count, options how)
    : clock_(time),
      random_(random),
      from_(from),
      owner_(owner),
      count_(count),
      queue_(how.linger),
      wake_(time),
      crew_(std::move(executor), time, how.calls_max, [this] { return delete_some(); })
{}

void acknowledger::add(receipt which, steady_time now)
{
    queue_.add(which, now);
}

void acknowledger::kick()
{
    wake_.wake();
}

void acknowledger::stop()
{
    stopping_ = true;
    queue_.hurry();
    wake_.wake();
}

void acknowledger::abandon()
{
    abandoned_ = true;
    crew_.cancel();
    wake_.wake();
}

// Calls the crew for every ten that is due; sleeps until the next is.
awaitable<void> acknowledger::run()
{
    while (!abandoned_ && !(stopping_ && queue_.size() == 0 && crew_.at_work() == 0)) {
        const steady_time due = std::max(queue_.next_due(), hold_until_);
        if (due > clock_.now()) {
            co_await wake_.sleep_until(due);
            continue;
        }
        const std::size_t calls = (queue_.size() + messages_per_call - 1) / messages_per_call;
        for (std::size_t i = 0; i < calls; ++i)
            crew_.call();
        // The members take what is due when they run; look again when one of them is done.
        co_await wake_.sleep();
    }
    co_await crew_.dismiss();
    // Abandoned: the ledger will meet the rest again.
    for (auto rest = queue_.take(never); !rest.empty(); rest = queue_.take(never))
        for (const receipt which : rest)
            end(which, delete_result::given_up);
}

awaitable<bool> acknowledger::delete_some()
{
    const steady_time now = clock_.now();
    std::vector<receipt> receipts;
    if (!abandoned_ && now >= hold_until_)
        receipts = queue_.take(now);
    if (receipts.empty()) {
        wake_.wake(); // run() decides what comes next
        co_return false;
    }
    try {
        const batch_result results = co_await from_.remove(receipts);
        trouble_.reset();
        settle(receipts, results);
    } catch (const queue_error& error) {
        if (reminder_.due(clock_.now()))
            log::warning("sqs",
                         "DeleteMessageBatch failed: {}; the messages are committed and will "
                         "be deleted later or met again",
                         error.what());
        if (clock_.now() >= hold_until_) // else it began before another one failed: one trouble
            hold_until_ = clock_.now() + trouble_.next(random_);
        for (const receipt which : receipts)
            put_back(which);
    } catch (...) { // cancelled: the ledger will meet the messages again
        for (const receipt which : receipts)
            end(which, delete_result::given_up);
        throw;
    }
    co_return true;
}

void acknowledger::settle(const std::vector<receipt>& receipts, const batch_result& results)
{
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        switch (results[i]) {
        case entry_result::done:
            end(receipts[i], delete_result::deleted);
            break;
        case entry_result::dead:
            end(receipts[i], delete_result::dead);
            break;
        case entry_result::retry:
            put_back(receipts[i]);
            break;
        }
    }
}

void acknowledger::put_back(receipt which)
{
    if (queue_.retry(which, clock_.now(), entry_retry_pause))
        count_.deletes.add(delete_result::retried);
    else
        end(which, delete_result::given_up);
}

void acknowledger::end(receipt which, delete_result how)
{
    count_.deletes.add(how);
    owner_.deleted(which);
}

} // namespace sluice::sqs
