// What a pipeline looks at while it runs: the queue's attributes, what is held for too long, the
// end of a run under --once.
#include "core/log.hpp"
#include "pipeline/pipeline_parts.hpp"

#include <algorithm>

namespace sluice::pipeline {
namespace {

// One attribute call a minute while nothing waits: requests are paid for. Where messages wait there
// are so many others that this one does not count, and whoever starts more daemons should know
// soon.
constexpr std::chrono::seconds attribute_interval{60};
constexpr std::chrono::seconds busy_interval{15};
constexpr std::chrono::milliseconds once_interval{100};
constexpr std::chrono::seconds hold_interval{1};

// Under --once a trouble that lasts this long is the end.
constexpr std::chrono::seconds once_patience{30};

} // namespace

// What was held for too long while nothing can be stored goes back to the queue, and stays hidden
// there the longer the more often it was received.
awaitable<void> pipeline::watch_holds()
{
    for (;;) {
        const bool asked = co_await stop_asked_.wait_until(outside_.time.now() + hold_interval);
        if (asked)
            co_return;
        const bool suspects_wait = parts_->suspects && parts_->suspects->trouble();
        std::size_t count = parts_->releases.give_up_set_aside(options_.max_hold);
        if (breaker_.now() != breaker::state::closed || suspects_wait)
            count += co_await parts_->releases.release_overdue(options_.max_hold);
        if (count != 0)
            log::warning("pipeline", "{}: {} messages given back to the queue: held for {} s",
                         options_.name, count,
                         std::chrono::floor<std::chrono::seconds>(options_.max_hold).count());
    }
}

void pipeline::note_attributes(std::optional<sqs::queue_attributes> seen)
{
    attributes_ = seen;
    attributes_seen_at_ = outside_.time.now();
}

std::optional<std::string> pipeline::standstill(steady_clock::duration patience) const
{
    const bool is_fresh =
        attributes_ && outside_.time.now() - attributes_seen_at_ <= 2 * attribute_interval;
    const bool ought_to_move = standing_.now == state::running && is_fresh &&
                               attributes_->visible + in_flight_.messages() > 0;
    // After an outage or a pause it is given time to commit something. Polls that come back empty
    // are none of our fault: the messages may wait behind one of their group that somebody else
    // holds, or SQS may have too many in flight.
    steady_time moved_at = std::max(counters_.progressed_at, standing_.since_time);
    if (parts_ && in_flight_.messages() == 0)
        moved_at = std::max(moved_at, parts_->fetch.answered_at());
    const steady_clock::duration since = outside_.time.now() - moved_at;
    if (!ought_to_move || since < patience)
        return std::nullopt;
    return fmt::format(
        "{} messages are visible, {} in flight, the database is well, and nothing was "
        "committed for {} s",
        attributes_->visible, in_flight_.messages(),
        std::chrono::floor<std::chrono::seconds>(since).count());
}

awaitable<void> pipeline::watch_for_the_end()
{
    once_watch watch(options_.fetch.visibility);
    std::optional<steady_time> trouble_since;
    for (;;) {
        const bool asked = co_await stop_asked_.wait_until(outside_.time.now() + once_interval);
        if (asked)
            co_return;
        const steady_time now = outside_.time.now();
        if (!trouble() && !parts_->again.any_set_aside())
            trouble_since.reset();
        else if (!trouble_since)
            trouble_since = now;
        if (breaker_.needs_person() || (trouble_since && now - *trouble_since > once_patience)) {
            fail_once(trouble().value_or("the database refuses a message while it stores others"));
            co_return;
        }
        switch (watch.look(in_flight_.messages() == 0 && parts_->fetch.saw_nothing(), now)) {
        case once_watch::step::wait:
            break;
        case once_watch::step::done:
            stop();
            break;
        case once_watch::step::read:
            try {
                note_attributes(co_await outside_.queue.attributes());
                watch.counted(attributes_->visible + attributes_->not_visible +
                                  attributes_->delayed,
                              outside_.time.now());
            } catch (const sqs::queue_error& error) {
                if (error.why() == sqs::failure::forbidden)
                    watch.may_not_read();
            }
            break;
        }
    }
}

scale_signal::reading pipeline::read_scale() const
{
    const auto& ends = counters_.records;
    scale_signal::reading out{.at = attributes_seen_at_, .waiting = attributes_->visible};
    if (standing_.now == state::running)
        out.running_since = standing_.since_time;
    out.stored = ends.of(record_result::row) + ends.of(record_result::dead_letter) +
                 ends.of(record_result::duplicate);
    for (const std::uint64_t each : counters_.commit_seconds.counts())
        out.batches += each;
    out.batch_seconds = counters_.commit_seconds.sum();
    return out;
}

awaitable<void> pipeline::watch_queue()
{
    for (;;) {
        const bool is_busy = attributes_ ? attributes_->visible > 0 : !parts_;
        const bool asked = co_await stop_asked_.wait_until(
            outside_.time.now() + (is_busy ? busy_interval : attribute_interval));
        if (asked)
            co_return;
        if (!parts_ && !attributes_)
            continue; // preparation asks for them
        try {
            note_attributes(co_await outside_.queue.attributes());
            scale_.note(read_scale());
        } catch (const sqs::queue_error& error) {
            log::debug("sqs", "{}: GetQueueAttributes failed: {}", options_.name, error.what());
        }
    }
}

} // namespace sluice::pipeline
