#include "pipeline/pipeline.hpp"

#include "core/log.hpp"
#include "pipeline/pipeline_parts.hpp"

#include <cassert>

namespace sluice::pipeline {
namespace {

// For the workers to hand over their open batches, when nobody will write them.
constexpr std::chrono::milliseconds hand_over_grace{500};

// Waits for all of its tasks; nothing if all went well.
awaitable<std::exception_ptr> failure_of(task_group& group)
{
    try {
        co_await group.join();
    } catch (...) {
        co_return std::current_exception();
    }
    co_return nullptr;
}

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

pipeline::parts::parts(pipeline& of)
    : leases(of.outside_.executor, of.outside_.time, of.outside_.queue, of.in_flight_,
             of.counters_.source, {.visibility = of.options_.fetch.visibility}),
      fetch(of.outside_.executor, of.outside_.time, of.outside_.random, of.outside_.queue,
            of.in_flight_, leases, of.counters_.source, of.options_.fetch),
      deletes(of.outside_.executor, of.outside_.time, of.outside_.random, of.outside_.queue,
              of.in_flight_, of.counters_.source,
              {.linger = of.options_.delete_linger, .calls_max = of.options_.fetch.range.max}),
      settle(of.options_.name, {of.outside_.time, of.in_flight_, deletes, of.breaker_, of.rings_,
                                of.counters_, of.outside_.splitter, of.brake_,
                                [this] {
                                    for (const auto& each : writers)
                                        each->wake();
                                },
                                [&of] { of.note_standing(); }}),
      again(of.outside_.random),
      batches(of.outside_.executor, of.rings_, of.breaker_, of.outside_.links.size()),
      releases(of.options_.name, of.options_.fetch.visibility,
               {of.outside_.time, of.outside_.queue, leases, of.in_flight_, of.rings_, of.intake_,
                batches, again}),
      polls_ended(of.outside_.time),
      writes_ended(of.outside_.time),
      deletes_ended(of.outside_.time),
      suspects_ended(of.outside_.time),
      leases_ended(of.outside_.time)
{
    fetch.on_trouble([&of] { of.note_standing(); });
    if (of.outside_.attempts != nullptr) {
        suspects = std::make_unique<suspect_lane>(of.options_.name, of.outside_.executor,
                                                  of.outside_.time, of.outside_.random, of.rings_,
                                                  of.intake_, *of.outside_.attempts);
        suspects->on_trouble([&of] { of.note_standing(); });
    }
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
      brake_(options_.stop_at_too_many),
      rings_(options_.limit.messages, options_.row_bytes_max),
      intake_(rings_,
              {.sets_suspects_aside = outside_.attempts != nullptr, .keeps_order = options_.fifo}),
      in_flight_(outside_.time, options_.limit, breaker_, intake_, counters_),
      scale_(options_.scale),
      stop_asked_(outside_.time),
      preparation_({outside_.time, outside_.random, outside_.queue, outside_.prepare_database,
                    stop_asked_, [this] { note_preparation(); }},
                   {options_.name, options_.visibility_given, options_.once})
{
    assert(!outside_.links.empty());
    options_.fetch.fifo = options_.fifo;
    note_standing();
}

pipeline::~pipeline() = default;

void pipeline::stop()
{
    stop_asked_.reach();
    note_standing();
}

void pipeline::fail_once(std::string_view text)
{
    log::error("pipeline", "{}: {}; ending, as --once says", options_.name, text);
    went_well_ = false;
    stop();
}

steady_clock::duration pipeline::least_lease_remaining() const
{
    if (!parts_)
        return options_.fetch.visibility;
    return parts_->leases.schedule().least_remaining(outside_.time.now());
}

awaitable<bool> pipeline::run()
{
    const bool ready = co_await prepare();
    if (!ready && options_.once && preparation_.trouble())
        fail_once(*preparation_.trouble());
    if (ready) {
        if (attributes_ && !options_.visibility_given)
            options_.fetch.visibility = attributes_->visibility_timeout;
        counters_.progressed_at = outside_.time.now();
        parts_ = std::make_unique<parts>(*this);
        if (outside_.start_workers)
            outside_.start_workers(options_.fetch.visibility);
        task_group group(outside_.executor, outside_.time);
        group.on_failure([this] { stop(); });
        start(group);
        task_group watches(outside_.executor, outside_.time);
        watches.on_failure([this] { stop(); });
        start_watches(watches);
        enter(phase::running);
        co_await stop_asked_.wait_until(never);
        enter(phase::draining);
        watches.cancel();
        co_await drain();
        const std::exception_ptr failure = co_await failure_of(group);
        const std::exception_ptr watch_failure = co_await failure_of(watches);
        for (const std::exception_ptr& each : {failure, watch_failure})
            if (each)
                std::rethrow_exception(each);
    }
    rings_.close_intake();
    enter(phase::ended);
    co_return went_well_;
}

// A stop ends it at once: nothing is in flight yet.
awaitable<bool> pipeline::prepare()
{
    bool ready = false;
    milestone over(outside_.time);
    task_group group(outside_.executor, outside_.time);
    group.on_failure([&over] { over.reach(); });
    group.spawn([&]() -> awaitable<void> {
        ready = co_await preparation_.run();
        over.reach();
    });
    group.spawn([&]() -> awaitable<void> {
        co_await stop_asked_.wait_until(never);
        over.reach();
    });
    // Whoever watches sees messages wait for the database, however long it takes.
    if (!options_.once)
        group.spawn([this] { return watch_queue(); });
    co_await over.wait_until(never);
    group.cancel();
    co_await group.join();
    co_return ready && !stop_asked_.reached();
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
    if (all.suspects)
        group.spawn([&all]() -> awaitable<void> {
            co_await all.suspects->run();
            all.suspects_ended.reach();
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
}

void pipeline::start_watches(task_group& group)
{
    group.spawn([this] { return watch_holds(); });
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
    if (all.suspects) {
        all.suspects->stop();
        const bool suspects_ended = co_await all.suspects_ended.wait_until(plan.attempts_end);
        if (!suspects_ended)
            all.suspects->abandon();
        co_await all.suspects_ended.wait_until(plan.commits_end);
    }
    intake_.stay_closed();
    rings_.close_intake(); // the workers hand over what they have, and end

    // Writers that wait for a person: what waits for them is given back instead. So is what the
    // workers are too slow for.
    const bool needs_person = breaker_.needs_person();
    const steady_time now = outside_.time.now();
    co_await all.writes_ended.wait_until(needs_person ? now : plan.transforms_end);
    intake_.take_back();
    const bool writes_ended = co_await all.writes_ended.wait_until(
        needs_person ? now + hand_over_grace : plan.commits_end);
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
    co_await all.leases_ended.wait_until(plan.leases_end);
    co_await release_until(plan.release_end);
}

// What cannot be given back in time comes again after its visibility timeout.
awaitable<void> pipeline::release_until(steady_time deadline)
{
    milestone released(outside_.time);
    task_group group(outside_.executor, outside_.time);
    group.on_failure([&released] { released.reach(); });
    group.spawn([&]() -> awaitable<void> {
        co_await parts_->releases.release_all();
        released.reach();
    });
    co_await released.wait_until(deadline);
    group.cancel();
    co_await group.join();
    // What still waits for them ends with them.
    static_cast<void>(intake_.take_all());
    // These were handed over and not confirmed, or not given back: their outcome is not known.
    in_flight_.give_up();
}

} // namespace sluice::pipeline
