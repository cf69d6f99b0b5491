// Commits batches over one connection: keeps a few under way, settles what the server confirms,
// and connects anew when it must. Thin: what to do is decided by write_queue.
#pragma once

#include "core/backoff.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"
#include "sink/postgres/link.hpp"
#include "sink/postgres/write_queue.hpp"

#include <deque>
#include <memory>
#include <string_view>

namespace sluice::postgres {

// Where the batches come from: the row ring, seen from a coroutine.
class row_source
{
public:
    virtual ~row_source() = default;

    [[nodiscard]] virtual std::unique_ptr<transform::row_batch> try_take() = 0;
    // True when nothing will ever come again.
    [[nodiscard]] virtual bool drained() const noexcept = 0;
    // Nothing may be written for now, not even what was begun.
    [[nodiscard]] virtual bool holds() const noexcept { return false; }
    // Sleeps at `place` until a batch may have come, the deadline, or another wake of `place`.
    virtual awaitable<void> wait(std::size_t seat, sleeper& place, steady_time deadline) = 0;
};

// What the rest of the pipeline learns. All calls come on the writer's executor.
class write_events
{
public:
    virtual ~write_events() = default;

    // The batch is durable.
    virtual void committed(std::unique_ptr<transform::row_batch> batch,
                           const commit_outcome& outcome, steady_clock::duration took) = 0;
    // One row of it cannot be stored, or, if the outcome has a floor, some messages are too old:
    // returns what to write instead.
    virtual std::vector<write_job> isolate(write_job job, const commit_outcome& outcome) = 0;
    // The database refused, and what follows from it.
    virtual void refused(const server_error& error, verdict what, follow_up next) = 0;
    // This connection works from now on, or no longer.
    virtual void connected(std::size_t writer) = 0;
    virtual void disconnected(std::size_t writer, follow_up why, std::string_view text) = 0;
    // Batches were put back: other writers may take them.
    virtual void jobs_waiting() = 0;
};

struct writer_options
{
    std::size_t index = 0;                  // among the writers of the pipeline
    std::size_t depth = 2;                  // batches under way at once
    std::chrono::seconds answer_within{40}; // then the connection is given up
    std::chrono::seconds open_within{30};
    std::chrono::seconds repair_interval{30};
    backoff_bounds pauses{};
};

class writer
{
public:
    writer(asio::any_io_executor executor, clock& time, random_source& random, link& database,
           write_queue& queue, row_source& source, write_events& events, writer_options options);

    // Runs until the source is drained and everything is settled, or until stopped.
    awaitable<void> run();

    // Looks at the queue again: something was put back.
    void wake();

    // Ends the pause after a failure: connects now. The pauses grow anew.
    void connect_now();

    // Gives up at once. What is under way keeps an unknown outcome: its leases must run out.
    void abandon();

private:
    struct under_way
    {
        write_job job;
        steady_time sent;
    };

    awaitable<bool> open_link();
    awaitable<void> work();
    awaitable<void> send_batches();
    awaitable<void> receive_outcomes();
    awaitable<void> watch_deadlines();

    std::optional<write_job> next_job();
    void handle(under_way done, const commit_outcome& outcome);
    void give_up_link(follow_up why, std::string_view text);
    [[nodiscard]] bool finished() const noexcept;

    asio::any_io_executor executor_;
    clock& clock_;
    random_source& random_;
    link& link_;
    write_queue& queue_;
    row_source& source_;
    write_events& events_;
    writer_options options_;

    std::deque<under_way> under_way_;
    backoff backoff_;
    steady_time open_due_ = never; // while connecting
    follow_up trouble_ = follow_up::settled;
    bool link_closed_ = true;
    bool abandoned_ = false;
    bool pausing_ = false; // after a failure
    sleeper send_wake_;
    sleeper watch_wake_;
    sleeper pause_;
};

} // namespace sluice::postgres
