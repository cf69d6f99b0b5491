#include "pipeline/suspect_lane.hpp"

#include "core/log.hpp"

#include <utility>

namespace sluice::pipeline {

suspect_lane::suspect_lane(std::string pipeline, asio::any_io_executor executor, clock& time,
                           random_source& random, rings& work, intake_gate& gate,
                           postgres::attempt_log& attempts)
    : name_(std::move(pipeline)),
      rings_(work),
      gate_(gate),
      attempts_(attempts),
      random_(random),
      wake_(time),
      idle_(time),
      on_idle_(std::move(executor))
{
    gate_.on_suspect([this] { wake_.wake(); });
    on_idle_.set(&idle_);
}

void suspect_lane::stop()
{
    stopped_ = true;
    wake_.wake();
}

void suspect_lane::abandon()
{
    stopped_ = abandoned_ = true;
    wake_.wake();
    attempts_.abandon();
}

awaitable<void> suspect_lane::run()
{
    while (goes_on()) {
        if (!gate_.any_suspects()) {
            co_await wake_.sleep();
            continue;
        }
        gate_.close();
        co_await until_idle();
        // One that was held for too long may have been given back meanwhile.
        if (const auto next = gate_.take_suspect())
            co_await attempt(*next);
        gate_.open();
    }
}

// What may have been begun is carried through: a stop is no death.
bool suspect_lane::goes_on() const noexcept
{
    return !stopped_ || (!abandoned_ && under_way_ && gate_.any_suspects());
}

// The gate is closed, and no worker has anything. A suspect whose lease was lost meanwhile is tried
// all the same: the ledger decides.
awaitable<void> suspect_lane::attempt(receipt suspect)
{
    const std::string id(suspect->id);
    const std::optional<unsigned> deaths = co_await begin(id);
    if (!deaths) { // the others need not wait for a sick database
        gate_.put_back(suspect);
        gate_.open();
        if (!abandoned_)
            co_await wake_.sleep_for(pauses_.next(random_));
        co_return;
    }
    const std::uint16_t one = assignment::bit(suspect.index);
    const bool convicted = *deaths >= deaths_for_conviction;
    if (convicted)
        log::warning("pipeline",
                     "{}: message {} is stored unread: {} attempts at it ended with their process",
                     name_, id, *deaths);
    rings_.push(convicted ? assignment{suspect.from, 0, one} : assignment{suspect.from, one, 0});
    co_await until_idle();
    gate_.open();
    if (!convicted) // what convicts it must outlive the transaction of its dead letter
        co_await end(id);
}

// How many deaths there were before; nothing if the database does not say so. The next call for the
// same message then repeats this one: its own beginning is no death.
awaitable<std::optional<unsigned>> suspect_lane::begin(std::string id)
{
    try {
        if (!under_way_ || under_way_->id != id) {
            const unsigned deaths = co_await attempts_.deaths(id);
            under_way_ = beginning{id, deaths};
        }
        co_await attempts_.begin(id, under_way_->deaths);
        pauses_.reset();
        co_return std::exchange(under_way_, std::nullopt)->deaths;
    } catch (const postgres::database_error& error) {
        log::debug("pipeline", "{}: sluice.attempts: {}", name_, error.what());
    }
    co_return std::nullopt;
}

// Until it succeeds: an attempt that nobody ends would count as a death.
awaitable<void> suspect_lane::end(std::string id)
{
    while (!abandoned_) {
        std::string failure;
        try {
            co_await attempts_.end(id);
            pauses_.reset();
            co_return;
        } catch (const postgres::database_error& error) {
            failure = error.what();
        }
        log::debug("pipeline", "{}: sluice.attempts: {}", name_, failure);
        if (!abandoned_)
            co_await wake_.sleep_for(pauses_.next(random_));
    }
}

awaitable<void> suspect_lane::until_idle()
{
    rings_.watch_idle(&on_idle_);
    while (!rings_.idle())
        co_await idle_.sleep();
    rings_.watch_idle(nullptr);
}

} // namespace sluice::pipeline
