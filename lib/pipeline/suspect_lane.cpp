#include "pipeline/suspect_lane.hpp"

#include "core/log.hpp"

#include <fmt/format.h>

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
      rest_(time),
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
    rest_.wake();
    idle_.wake();
}

void suspect_lane::abandon()
{
    abandoned_ = true;
    stop();
    attempts_.abandon();
}

void suspect_lane::look_now()
{
    pauses_.reset();
    rest_.wake();
}

awaitable<void> suspect_lane::run()
{
    while (goes_on()) {
        if (!gate_.any_suspects()) {
            trouble_ends(); // nobody waits any more: they went back to the queue
            co_await wake_.sleep();
            continue;
        }
        gate_.close();
        co_await until_idle_or_stopped();
        // Meanwhile it may have been given back, held for too long, or the stop may have come.
        const auto next = goes_on() ? gate_.take_suspect() : std::nullopt;
        if (next)
            co_await attempt(*next);
        gate_.open();
    }
}

// What may have been begun is carried through: a stop is no death.
bool suspect_lane::goes_on() const noexcept
{
    if (!stopped_)
        return true;
    const receipt* const next = gate_.next_suspect();
    return !abandoned_ && under_way_ && next != nullptr && (*next)->id == under_way_->id;
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
            co_await rest_.sleep_for(pauses_.next(random_));
        co_return;
    }
    const std::uint16_t one = assignment::bit(suspect.index);
    const bool convicted = *deaths >= deaths_for_conviction;
    if (convicted)
        log::warning("pipeline",
                     "{}: message {} is stored unread: {} attempts at it ended with their process",
                     name_, id, *deaths);
    rings_.push_alone(convicted ? assignment{suspect.from, 0, one}
                                : assignment{suspect.from, one, 0});
    co_await until_idle();
    gate_.open();
    if (!convicted) // what convicts it must outlive the transaction of its dead letter
        co_await end(id);
}

// How many deaths there were before; nothing if the database does not say so. The next call for the
// same message then repeats this one: its own beginning is no death.
awaitable<std::optional<unsigned>> suspect_lane::begin(std::string id)
{
    if (abandoned_)
        co_return std::nullopt;
    const bool repeats = under_way_ && under_way_->id == id;
    try {
        if (!repeats) {
            co_await forget_beginning();
            const unsigned deaths = co_await attempts_.deaths(id);
            under_way_ = beginning{id, deaths};
        }
        co_await attempts_.begin(id, under_way_->deaths);
        note_success();
        co_return std::exchange(under_way_, std::nullopt)->deaths;
    } catch (const postgres::database_error& error) {
        note_failure(error);
        // What was refused was not begun; what was lost may have been, and also by the try before.
        if (!repeats && !error.error().fatal && under_way_ && under_way_->id == id)
            under_way_.reset();
    }
    co_return std::nullopt;
}

// Another message was given back to the queue while it was not known whether its attempt was begun.
// If it was, it must not be taken for a death; one that has died before is left with one more.
awaitable<void> suspect_lane::forget_beginning()
{
    if (!under_way_)
        co_return;
    if (under_way_->deaths == 0)
        co_await attempts_.end(under_way_->id);
    under_way_.reset();
}

// Until it succeeds: an attempt that nobody ends would count as a death.
awaitable<void> suspect_lane::end(std::string id)
{
    while (!abandoned_) {
        try {
            co_await attempts_.end(id);
            note_success();
            co_return;
        } catch (const postgres::database_error& error) {
            note_failure(error);
        }
        if (!abandoned_)
            co_await rest_.sleep_for(pauses_.next(random_));
    }
}

void suspect_lane::note_success()
{
    pauses_.reset();
    trouble_ends();
}

void suspect_lane::trouble_ends()
{
    if (std::exchange(trouble_, std::nullopt))
        on_trouble_();
}

void suspect_lane::note_failure(const postgres::database_error& error)
{
    std::string text =
        fmt::format("messages that were received often wait for sluice.attempts: {}", error.what());
    if (!trouble_)
        log::warning("pipeline", "{}: {}", name_, text);
    trouble_ = std::move(text);
    on_trouble_();
}

// A worker has the attempt: also a stop waits for it.
awaitable<void> suspect_lane::until_idle()
{
    rings_.watch_idle(&on_idle_);
    while (!rings_.idle())
        co_await idle_.sleep();
    rings_.watch_idle(nullptr);
}

// Before an attempt the workers may have much to do, and a stop has a deadline.
awaitable<void> suspect_lane::until_idle_or_stopped()
{
    rings_.watch_idle(&on_idle_);
    while (!rings_.idle() && goes_on())
        co_await idle_.sleep();
    rings_.watch_idle(nullptr);
}

} // namespace sluice::pipeline
