#include "sink/postgres/writer.hpp"

#include "core/log.hpp"
#include "core/task_group.hpp"

#include <cassert>
#include <utility>

namespace sluice::postgres {

writer::writer(asio::any_io_executor executor, clock& time, random_source& random, link& database,
               write_queue& queue, row_source& source, write_events& events, writer_options options)
    : executor_(std::move(executor)),
      clock_(time),
      random_(random),
      link_(database),
      queue_(queue),
      source_(source),
      events_(events),
      options_(options),
      backoff_(options.pauses),
      send_wake_(time),
      watch_wake_(time),
      pause_(time)
{}

bool writer::finished() const noexcept
{
    return source_.drained() && queue_.empty() && under_way_.empty();
}

void writer::wake()
{
    send_wake_.wake();
}

void writer::connect_now()
{
    backoff_.reset();
    if (std::exchange(pausing_, false)) // else the next pause would end at once
        pause_.wake();
}

void writer::abandon()
{
    abandoned_ = true;
    link_closed_ = true;
    link_.close();
    send_wake_.wake();
    watch_wake_.wake();
    pause_.wake();
}

awaitable<void> writer::run()
{
    while (!abandoned_ && !finished()) {
        link_closed_ = false;
        trouble_ = follow_up::settled;
        open_due_ = clock_.now() + options_.open_within;
        task_group watched(executor_, clock_);
        watched.spawn([this] { return watch_deadlines(); });
        const bool opened = co_await open_link();
        if (opened)
            co_await work();
        link_closed_ = true;
        watch_wake_.wake();
        co_await watched.join();
        if (abandoned_ || trouble_ == follow_up::settled)
            continue;
        const auto pause = trouble_ == follow_up::await_repair
                               ? steady_clock::duration(options_.repair_interval)
                               : backoff_.next(random_);
        pausing_ = true;
        co_await pause_.sleep_for(pause);
        pausing_ = false;
    }
}

awaitable<bool> writer::open_link()
{
    std::string text;
    try {
        co_await link_.open();
        open_due_ = never;
        if (link_closed_)
            co_return false;
        events_.connected(options_.index);
        co_return true;
    } catch (const database_error& error) {
        trouble_ = error.what_to_do() == verdict::deployment_is_wrong ? follow_up::await_repair
                                                                      : follow_up::reconnect;
        events_.refused(error.error(), error.what_to_do(), trouble_);
        text = error.what();
    }
    open_due_ = never;
    events_.disconnected(options_.index, trouble_, text);
    co_return false;
}

// Both directions of the connection at once. Ends when the link is given up or all is done.
awaitable<void> writer::work()
{
    task_group both(executor_, clock_);
    both.spawn([this] { return send_batches(); });
    both.spawn([this] { return receive_outcomes(); });
    co_await both.join();
    // Nobody knows what became of these: they go again, on the careful path.
    while (!under_way_.empty()) {
        write_job job = std::move(under_way_.front().job);
        under_way_.pop_front();
        static_cast<void>(queue_.decide(job, commit_outcome{}, clock_.now()));
        queue_.put_back(std::move(job));
    }
    if (!queue_.empty())
        events_.jobs_waiting();
}

std::optional<write_job> writer::next_job()
{
    if (source_.holds())
        return std::nullopt;
    if (auto job = queue_.take(clock_.now()))
        return job;
    auto batch = source_.try_take();
    if (!batch)
        return std::nullopt;
    write_job job;
    job.way = batch->way;
    job.batch = std::move(batch);
    return job;
}

awaitable<void> writer::send_batches()
{
    try {
        while (!link_closed_ && !finished()) {
            if (under_way_.size() >= options_.depth) {
                co_await send_wake_.sleep();
                continue;
            }
            auto job = next_job();
            if (!job) {
                const steady_time due = source_.holds() ? never : queue_.next_due();
                co_await source_.wait(options_.index, send_wake_, due);
                continue;
            }
            job->handed_over = true;
            job->answer_due = clock_.now() + options_.answer_within;
            transform::row_batch& batch = *job->batch;
            const auto way = job->way;
            under_way_.push_back({std::move(*job), clock_.now()});
            watch_wake_.wake();
            co_await link_.send(batch, way);
        }
    } catch (const database_error& error) {
        give_up_link(follow_up::reconnect, error.what());
    }
    link_closed_ = true;
    link_.close(); // ends receive_outcomes
}

awaitable<void> writer::receive_outcomes()
{
    while (!link_closed_) {
        const commit_outcome outcome = co_await link_.receive();
        if (outcome.what == commit_outcome::kind::unknown) {
            if (!link_closed_)
                give_up_link(follow_up::reconnect, outcome.error.text);
            break;
        }
        assert(!under_way_.empty());
        under_way done = std::move(under_way_.front());
        under_way_.pop_front();
        handle(std::move(done), outcome);
        send_wake_.wake();
        watch_wake_.wake();
    }
}

void writer::handle(under_way done, const commit_outcome& outcome)
{
    const follow_up next = queue_.decide(done.job, outcome, clock_.now());
    if (outcome.what == commit_outcome::kind::refused)
        events_.refused(outcome.error, judge(outcome.error, outcome.where), next);
    switch (next) {
    case follow_up::settled:
        backoff_.reset();
        if (done.job.then) {
            queue_.put_back(std::move(*done.job.then));
            events_.jobs_waiting();
        }
        events_.committed(std::move(done.job.batch), outcome, clock_.now() - done.sent);
        return;
    case follow_up::again:
    case follow_up::set_aside:
        queue_.put_back(std::move(done.job));
        return;
    case follow_up::isolate:
        for (write_job& part : events_.isolate(std::move(done.job), outcome))
            queue_.put_back(std::move(part));
        return;
    case follow_up::reconnect:
    case follow_up::await_repair:
        queue_.put_back(std::move(done.job));
        give_up_link(next, outcome.error.text);
        return;
    }
}

void writer::give_up_link(follow_up why, std::string_view text)
{
    if (link_closed_)
        return;
    link_closed_ = true;
    trouble_ = why;
    link_.close();
    send_wake_.wake();
    if (!abandoned_)
        events_.disconnected(options_.index, why, text);
}

// A server that is silent is as good as gone, whatever TCP believes.
awaitable<void> writer::watch_deadlines()
{
    while (!link_closed_) {
        steady_time due = open_due_;
        if (!under_way_.empty())
            due = std::min(due, under_way_.front().job.answer_due);
        if (due > clock_.now()) {
            co_await watch_wake_.sleep_until(due);
            continue;
        }
        if (open_due_ != never)
            link_.close(); // open() throws
        else
            give_up_link(follow_up::reconnect, "the database did not answer in time");
        co_return;
    }
}

} // namespace sluice::postgres
