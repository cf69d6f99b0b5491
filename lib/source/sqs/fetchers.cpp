#include "source/sqs/fetchers.hpp"

#include "core/log.hpp"

#include <list>

namespace sluice::sqs {
namespace {

constexpr backoff_bounds poll_pauses{std::chrono::seconds{1}, std::chrono::seconds{30}};

// What a person must repair is looked at again this often.
constexpr std::chrono::seconds repair_interval{30};

// Asks the custodian for room when the head of the response has told its length: the leases run
// since then.
class room_for final : public response_room
{
public:
    room_for(custodian& owner, delivery& of, clock& time, steady_clock::duration within)
        : owner_(owner), of_(of), clock_(time), within_(within)
    {}

    awaitable<bool> make_room(std::size_t body_bytes) override
    {
        return owner_.enlarge(of_, body_bytes, clock_.now() + within_);
    }

private:
    custodian& owner_;
    delivery& of_;
    clock& clock_;
    steady_clock::duration within_;
};

} // namespace

fetchers::fetchers(asio::any_io_executor executor, clock& time, random_source& random, queue& from,
                   custodian& owner, lease_keeper& leases, counters& count, options how)
    : executor_(executor),
      clock_(time),
      random_(random),
      from_(from),
      owner_(owner),
      leases_(leases),
      count_(count),
      options_(how),
      pacer_(how.range),
      backoff_(poll_pauses),
      rest_(time),
      group_(std::move(executor), time)
{}

void fetchers::hire()
{
    ++running_;
    group_.spawn([this] { return fetch(); });
}

awaitable<void> fetchers::run()
{
    while (!stopping_ && pacer_.too_few(running_))
        hire();
    co_await group_.join();
}

void fetchers::stop()
{
    stopping_ = true;
    rest_.notify_all();
}

void fetchers::look_now()
{
    backoff_.reset();
    rest_until_ = {};
    rest_.notify_all();
}

void fetchers::abandon_polls()
{
    group_.cancel();
}

bool fetchers::saw_nothing() const noexcept
{
    return running_ > 0 && empty_in_epoch_ >= running_;
}

awaitable<void> fetchers::fetch()
{
    receive_attempt attempt;
    try {
        while (!stopping_ && !pacer_.too_many(running_)) {
            const bool more = co_await poll(attempt);
            if (!more)
                break;
            while (!stopping_ && pacer_.too_few(running_))
                hire();
        }
    } catch (...) { // cancelled, or a bug: the group decides
        --running_;
        throw;
    }
    --running_;
}

// One long poll; false when no more will begin.
awaitable<bool> fetchers::poll(receive_attempt& attempt)
{
    ++count_.fetchers_waiting;
    std::unique_ptr<delivery> into = co_await owner_.admit();
    --count_.fetchers_waiting;
    if (!into)
        co_return false;

    const std::uint64_t epoch = epoch_;
    steady_clock::duration pause{};
    receive_options how = options_.receive;
    if (options_.fifo)
        how.attempt = attempt.name(clock_.now(), random_);
    ++count_.fetchers_polling;
    try {
        room_for room(owner_, *into, clock_, steady_clock::duration(options_.visibility) / 4);
        const steady_time first_byte = co_await from_.receive(how, room, *into);
        attempt.over();
        recovered();
        if (into->count == 0)
            count_poll(poll_result::empty, epoch);
        else
            received(std::move(into), first_byte);
    } catch (const queue_error& error) {
        pause = failed(error, attempt);
    } catch (...) { // cancelled: whatever SQS handed out comes again after its timeout
        --count_.fetchers_polling;
        owner_.give_back(std::move(into));
        throw;
    }
    --count_.fetchers_polling;
    if (into)
        owner_.give_back(std::move(into));
    if (pause > pause.zero() && !stopping_)
        co_await rest_.wait_until(clock_.now() + pause);
    co_return true;
}

void fetchers::received(std::unique_ptr<delivery> full, steady_time first_byte)
{
    count_poll(full->count == messages_per_call ? poll_result::full : poll_result::part, epoch_);
    for (std::size_t i = 0; i < full->count; ++i)
        ++(full->messages[i].receive_count <= 1 ? count_.received_first : count_.received_again);
    leases_.watch(*full, first_byte);
    owner_.accept(std::move(full));
}

void fetchers::count_poll(poll_result what, std::uint64_t began_in_epoch)
{
    count_.polls.add(what);
    if (what == poll_result::empty) {
        pacer_.poll_was_empty();
        if (began_in_epoch == epoch_)
            ++empty_in_epoch_;
        return;
    }
    if (what == poll_result::full)
        pacer_.poll_was_full();
    ++epoch_;
    empty_in_epoch_ = 0;
}

// Says what is wrong, once a minute while it lasts, and how long to wait.
steady_clock::duration fetchers::failed(const queue_error& error, receive_attempt& attempt)
{
    if (error.why() == failure::abandoned) {
        count_.polls.add(poll_result::abandoned);
        return {};
    }
    count_.polls.add(poll_result::failed);
    if (error.why() == failure::bad_request) {
        attempt.over();
        if (attempt.repeats()) // somebody has these messages meanwhile: no trouble of ours
            return {};
    }
    if (error.why() == failure::throttled)
        pacer_.was_throttled();
    if (trouble_ && trouble_->why != error.why())
        reminder_.reset();
    if (reminder_.due(clock_.now()))
        log::warning("sqs", "ReceiveMessage failed: {}", error.what());
    trouble_ = queue_trouble{error.why(), error.what()};
    on_trouble_();
    const bool needs_repair = error.why() == failure::forbidden || error.why() == failure::no_queue;
    const steady_time now = clock_.now();
    if (now >= rest_until_) // else this poll began before another one failed: one trouble
        rest_until_ = now + (needs_repair ? repair_interval : backoff_.next(random_));
    return rest_until_ - now;
}

void fetchers::recovered()
{
    answered_at_ = clock_.now();
    reminder_.reset();
    backoff_.reset();
    rest_until_ = {};
    if (!trouble_)
        return;
    log::info("sqs", "ReceiveMessage works again");
    trouble_.reset();
    rest_.notify_all();
    on_trouble_();
}

} // namespace sluice::sqs
