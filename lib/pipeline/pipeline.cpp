#include "pipeline/pipeline.hpp"

#include "core/log.hpp"

#include <cassert>

namespace sluice::pipeline {
namespace {

constexpr std::chrono::seconds repair_interval{30};

// One attribute call a minute, whatever else happens: requests are paid for.
constexpr std::chrono::seconds attribute_interval{60};
constexpr std::chrono::milliseconds once_interval{100};

// Under --once a trouble that lasts this long is the end.
constexpr std::chrono::seconds once_patience{30};

} // namespace

std::string_view to_string(phase what) noexcept
{
    switch (what) {
    case phase::starting:
        return "starting";
    case phase::running:
        return "running";
    case phase::draining:
        return "draining";
    case phase::ended:
        break;
    }
    return "ended";
}

// What runs once the queue's visibility timeout is known. Members die in reverse order.
struct pipeline::parts
{
    sqs::lease_keeper leases;
    sqs::fetchers fetch;
    sqs::acknowledger deletes;
    settler settle;
    postgres::write_queue again;
    row_intake batches;
    std::vector<std::unique_ptr<postgres::writer>> writers;

    milestone polls_ended;
    milestone writes_ended;
    milestone deletes_ended;
    milestone leases_ended;
    std::size_t writers_running = 0;

    explicit parts(pipeline& of);
};

pipeline::parts::parts(pipeline& of)
    : leases(of.outside_.executor, of.outside_.time, of.outside_.queue, of.in_flight_,
             of.counters_.source, {.visibility = of.options_.fetch.visibility}),
      fetch(of.outside_.executor, of.outside_.time, of.outside_.random, of.outside_.queue,
            of.in_flight_, leases, of.counters_.source, of.options_.fetch),
      deletes(of.outside_.executor, of.outside_.time, of.outside_.random, of.outside_.queue,
              of.in_flight_, of.counters_.source,
              {.linger = of.options_.delete_linger, .calls_max = of.options_.fetch.range.max}),
      settle(of.options_.name, {of.outside_.time, of.in_flight_, deletes, of.breaker_, of.rings_,
                                of.counters_, of.outside_.splitter,
                                [this] {
                                    for (const auto& each : writers)
                                        each->wake();
                                },
                                [] {}}),
      again(of.outside_.random),
      batches(of.outside_.executor, of.rings_, of.outside_.links.size()),
      polls_ended(of.outside_.time),
      writes_ended(of.outside_.time),
      deletes_ended(of.outside_.time),
      leases_ended(of.outside_.time)
{
    for (std::size_t i = 0; i < of.outside_.links.size(); ++i) {
        postgres::writer_options how = of.options_.write;
        how.index = i;
        writers.push_back(std::make_unique<postgres::writer>(
            of.outside_.executor, of.outside_.time, of.outside_.random, *of.outside_.links[i],
            again, batches, settle, how));
    }
}

pipeline::pipeline(world outside, options how)
    : outside_(std::move(outside)),
      options_(std::move(how)),
      breaker_(outside_.links.size()),
      rings_(options_.limit.messages),
      in_flight_(outside_.time, options_.limit, breaker_, rings_, counters_),
      stop_asked_(outside_.time)
{
    assert(!outside_.links.empty());
}

pipeline::~pipeline() = default;

void pipeline::stop()
{
    stop_asked_.reach();
}

void pipeline::fail_once(std::string_view text)
{
    log::error("pipeline", "{}: {}; ending, as --once says", options_.name, text);
    went_well_ = false;
    stop();
}

std::optional<std::string> pipeline::trouble() const
{
    if (set_up_trouble_)
        return set_up_trouble_;
    if (!parts_)
        return std::nullopt;
    if (breaker_.now() != breaker::state::closed)
        return breaker_.text();
    if (parts_->fetch.trouble())
        return parts_->fetch.trouble()->text;
    return std::nullopt;
}

steady_clock::duration pipeline::least_lease_remaining() const
{
    if (!parts_)
        return options_.fetch.visibility;
    return parts_->leases.schedule().least_remaining(outside_.time.now());
}

awaitable<bool> pipeline::run()
{
    const bool is_set_up = co_await set_up();
    if (is_set_up) {
        parts_ = std::make_unique<parts>(*this);
        if (outside_.start_workers)
            outside_.start_workers(options_.fetch.visibility);
        task_group group(outside_.executor, outside_.time);
        group.on_failure([this] { stop(); });
        start(group);
        phase_ = phase::running;
        co_await stop_asked_.wait_until(never);
        phase_ = phase::draining;
        co_await drain();
        co_await group.join();
    }
    rings_.close_intake();
    phase_ = phase::ended;
    co_return went_well_;
}

// False when a stop was asked for meanwhile.
awaitable<bool> pipeline::set_up()
{
    for (bool ready = false; !ready && !stop_asked_.reached();)
        ready = co_await read_attributes();
    for (bool ready = false; !ready && !stop_asked_.reached();)
        ready = co_await prepare_database();
    set_up_trouble_.reset();
    co_return !stop_asked_.reached();
}

awaitable<bool> pipeline::read_attributes()
{
    std::string text;
    bool needs_repair = false;
    try {
        attributes_ = co_await outside_.queue.attributes();
        if (!options_.visibility_given)
            options_.fetch.visibility = attributes_->visibility_timeout;
        co_return true;
    } catch (const sqs::queue_error& error) {
        // Without the right to ask, the timeout must be told.
        if (error.why() == sqs::failure::forbidden && options_.visibility_given)
            co_return true;
        needs_repair =
            error.why() == sqs::failure::forbidden || error.why() == sqs::failure::no_queue;
        text = error.what();
    }
    co_return co_await pause_before_retry(std::move(text), needs_repair);
}

awaitable<bool> pipeline::prepare_database()
{
    std::string text;
    bool needs_repair = false;
    try {
        co_await outside_.prepare_database();
        co_return true;
    } catch (const postgres::database_error& error) {
        needs_repair = error.what_to_do() == postgres::verdict::deployment_is_wrong;
        text = error.what();
    }
    co_return co_await pause_before_retry(std::move(text), needs_repair);
}

awaitable<bool> pipeline::pause_before_retry(std::string text, bool needs_repair)
{
    if (options_.once) {
        fail_once(text);
        co_return false;
    }
    if (set_up_trouble_ != text)
        log::warning("pipeline", "{}: {}; trying again", options_.name, text);
    set_up_trouble_ = std::move(text);
    const auto pause = needs_repair ? steady_clock::duration(repair_interval)
                                    : set_up_pauses_.next(outside_.random);
    co_await stop_asked_.wait_until(outside_.time.now() + pause);
    co_return false;
}

void pipeline::start(task_group& group)
{
    parts& all = *parts_;
    group.spawn([&all]() -> awaitable<void> {
        co_await all.leases.run();
        all.leases_ended.reach();
    });
    group.spawn([&all]() -> awaitable<void> {
        co_await all.deletes.run();
        all.deletes_ended.reach();
    });
    all.writers_running = all.writers.size();
    for (const auto& each : all.writers) {
        postgres::writer& writer = *each;
        group.spawn([&all, &writer]() -> awaitable<void> {
            co_await writer.run();
            if (--all.writers_running == 0)
                all.writes_ended.reach();
        });
    }
    group.spawn([&all]() -> awaitable<void> {
        co_await all.fetch.run();
        all.polls_ended.reach();
    });
    if (options_.once)
        group.spawn([this] { return watch_for_the_end(); });
    else
        group.spawn([this] { return watch_queue(); });
}

// Stop is not cancel: receiving ends, what is held is finished, and only what is late is given up.
awaitable<void> pipeline::drain()
{
    parts& all = *parts_;
    const drain_plan plan = drain_plan::within(outside_.time.now(), options_.drain_deadline);
    log::info("pipeline", "{}: stopping; {} messages in flight", options_.name,
              in_flight_.messages());

    in_flight_.close();
    all.fetch.stop();
    const bool polls_ended = co_await all.polls_ended.wait_until(plan.polls_end);
    if (!polls_ended) {
        all.fetch.abandon_polls();
        co_await all.polls_ended.wait_until(plan.commits_end);
    }
    rings_.close_intake(); // the workers hand over what they have, and end

    const bool writes_ended = co_await all.writes_ended.wait_until(plan.commits_end);
    if (!writes_ended)
        for (const auto& each : all.writers)
            each->abandon();
    co_await all.writes_ended.wait_until(plan.deletes_end);

    all.deletes.stop();
    all.leases.stop();
    const bool deletes_ended = co_await all.deletes_ended.wait_until(plan.deletes_end);
    if (!deletes_ended)
        all.deletes.abandon();
    const bool leases_ended = co_await all.leases_ended.wait_until(plan.deletes_end);
    if (!leases_ended)
        all.leases.abandon();
    co_await all.leases_ended.wait_until(plan.release_end);
    co_await release_unsent();
}

// What no byte of was handed to the database goes back to the queue at once.
awaitable<void> pipeline::release_unsent()
{
    std::vector<receipt> unsent = take_unsent();
    for (std::size_t at = 0; at < unsent.size(); at += messages_per_call) {
        const std::size_t count = std::min(messages_per_call, unsent.size() - at);
        const std::span<const receipt> some(unsent.data() + at, count);
        try {
            static_cast<void>(
                co_await outside_.queue.change_visibility(some, std::chrono::seconds(0)));
        } catch (const sqs::queue_error& error) {
            log::warning("sqs",
                         "{}: messages were not released, and come again after their "
                         "visibility timeout: {}",
                         options_.name, error.what());
        }
        for (const receipt each : some)
            in_flight_.ended(each, record_result::released);
    }
    // The rest was handed over, and its outcome is not known.
    for (const receipt each : in_flight_.in_work())
        in_flight_.ended(each, record_result::lost);
}

std::vector<receipt> pipeline::take_unsent()
{
    std::vector<receipt> out;
    const auto take = [&out](const transform::row_batch& batch) {
        for (const auto& each : batch.rows)
            out.push_back(each.from);
        for (const auto& each : batch.letter_entries)
            out.push_back(each.from);
        out.insert(out.end(), batch.duplicates.begin(), batch.duplicates.end());
        out.insert(out.end(), batch.corrupt.begin(), batch.corrupt.end());
    };
    for (const postgres::write_job& job : parts_->again.take_all())
        if (!job.handed_over)
            take(*job.batch);
    while (const auto batch = rings_.try_take_batch())
        take(*batch);
    return out;
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
        if (!trouble())
            trouble_since.reset();
        else if (!trouble_since)
            trouble_since = now;
        const bool needs_person = breaker_.now() == breaker::state::paused;
        if (needs_person || (trouble_since && now - *trouble_since > once_patience)) {
            fail_once(trouble().value_or("paused"));
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
                attributes_ = co_await outside_.queue.attributes();
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

awaitable<void> pipeline::watch_queue()
{
    for (;;) {
        const bool asked =
            co_await stop_asked_.wait_until(outside_.time.now() + attribute_interval);
        if (asked)
            co_return;
        try {
            attributes_ = co_await outside_.queue.attributes();
        } catch (const sqs::queue_error& error) {
            log::debug("sqs", "{}: GetQueueAttributes failed: {}", options_.name, error.what());
        }
    }
}

} // namespace sluice::pipeline
