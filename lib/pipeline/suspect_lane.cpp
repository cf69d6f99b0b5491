#include "pipeline/suspect_lane.hpp"

#include "core/log.hpp"

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
    attempts_.abandon();
}

awaitable<void> suspect_lane::run()
{
    while (!stopped_) {
        if (!gate_.any_suspects()) {
            co_await wake_.sleep();
            continue;
        }
        gate_.close();
        co_await until_idle();
        // A suspect whose lease was lost meanwhile is tried all the same: the ledger decides.
        const receipt next = *gate_.take_suspect();
        co_await attempt(next);
    }
    gate_.open();
}

// The gate is closed, and no worker has anything.
awaitable<void> suspect_lane::attempt(receipt suspect)
{
    const std::string id(suspect->id);
    const std::optional<unsigned> deaths = co_await begin(id);
    if (!deaths) { // stopped: it goes back to the queue with the others
        gate_.put_back(suspect);
        gate_.open();
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

// Nothing if it was stopped.
awaitable<std::optional<unsigned>> suspect_lane::begin(std::string id)
{
    while (!stopped_) {
        std::string failure;
        try {
            const unsigned deaths = co_await attempts_.begin(id);
            pauses_.reset();
            co_return deaths;
        } catch (const postgres::database_error& error) {
            failure = error.what();
        }
        log::debug("pipeline", "{}: sluice.attempts: {}", name_, failure);
        gate_.open(); // the others need not wait for a sick database
        co_await wake_.sleep_for(pauses_.next(random_));
        gate_.close();
        co_await until_idle();
    }
    co_return std::nullopt;
}

// Until it succeeds: an attempt that nobody ends would count as a death.
awaitable<void> suspect_lane::end(std::string id)
{
    while (!stopped_) {
        std::string failure;
        try {
            co_await attempts_.end(id);
            co_return;
        } catch (const postgres::database_error& error) {
            failure = error.what();
        }
        log::debug("pipeline", "{}: sluice.attempts: {}", name_, failure);
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
