// One pipeline: a queue, the transform of its messages, a table. Builds the parts, runs them, and
// brings them to a stop in order.
#pragma once

#include "config/settings.hpp"
#include "core/milestone.hpp"
#include "core/random.hpp"
#include "core/task_group.hpp"
#include "pipeline/brake.hpp"
#include "pipeline/breaker.hpp"
#include "pipeline/counters.hpp"
#include "pipeline/drain_plan.hpp"
#include "pipeline/expiry_dates.hpp"
#include "pipeline/in_flight.hpp"
#include "pipeline/intake_gate.hpp"
#include "pipeline/once_watch.hpp"
#include "pipeline/preparation.hpp"
#include "pipeline/releaser.hpp"
#include "pipeline/rings.hpp"
#include "pipeline/row_intake.hpp"
#include "pipeline/scale_signal.hpp"
#include "pipeline/settler.hpp"
#include "pipeline/standing.hpp"
#include "sink/postgres/attempt_log.hpp"
#include "sink/postgres/link.hpp"
#include "sink/postgres/writer.hpp"
#include "source/sqs/acknowledger.hpp"
#include "source/sqs/fetchers.hpp"
#include "source/sqs/lease_keeper.hpp"
#include "source/sqs/queue.hpp"
#include "source/sqs/request_counters.hpp"

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::pipeline {

// The world outside, by its ports. The daemon brings Asio, HTTPS and libpq; the simulation its own.
struct world
{
    asio::any_io_executor executor;
    clock& time;
    random_source& random;
    sqs::queue& queue;
    std::vector<postgres::link*> links; // one a writer
    // Makes the database ready: tables, days, checks. Throws database_error.
    std::function<awaitable<void>()> prepare_database;
    transform::row_splitter& splitter;
    const sqs::request_counters& requests;   // of the queue's client
    std::function<expiry_dates()> expires{}; // empty: nobody knows
    // Null: no message is treated as a suspect.
    postgres::attempt_log* attempts = nullptr;
    // Starts the transform workers, once the visibility timeout is known. Empty: they run already.
    std::function<void(std::chrono::seconds visibility)> start_workers{};
};

enum class phase : std::uint8_t
{
    starting, // reading the queue's attributes, making the database ready
    running,
    draining, // receives no more, finishes what it holds
    ended,
};

[[nodiscard]] std::string_view to_string(phase what) noexcept;

class pipeline
{
public:
    struct options
    {
        std::string name;
        sqs::fetchers::options fetch;
        bool visibility_given = false; // by the configuration; else the queue's own is read
        std::chrono::milliseconds delete_linger{50};
        postgres::writer_options write;
        amount limit;
        std::size_t row_bytes_max = std::numeric_limits<std::size_t>::max(); // before they wait
        std::chrono::milliseconds max_hold{600'000}; // while the database is sick
        brake::limits stop_at_too_many;
        scale_signal::options scale;
        std::chrono::milliseconds drain_deadline{20000};
        bool once = false;
        bool fifo = false; // the order of message groups is kept
    };

    pipeline(world outside, options how);
    ~pipeline();

    // Runs until stopped and drained. Returns whether all went well: false when it had to pause
    // or stop under `--once`, or a part failed.
    awaitable<bool> run();

    // Takes the place of another one, which has ended: goes on with its counts, and stays paused if
    // an operator paused it. Before run().
    void follow(const pipeline& before);

    // Begins the graceful stop. Harmless when repeated.
    void stop();

    // What an operator may tell it; on the I/O thread. Each is harmless when repeated, and does
    // nothing once a stop was asked for.
    [[nodiscard]] bool takes_commands() const noexcept;
    // No poll begins any more; those under way end by themselves, since SQS may be handing out
    // messages to them. What is held is stored and deleted as usual. Forgotten at a restart.
    void pause();
    // Goes on after a pause and after the brake, whose window begins anew; and looks now.
    void resume();
    // Ends every pause after a failure: asks the queue, and connects to the database, at once.
    // Leaves a pause by an operator, and the brake, as they are.
    void look_now();

    // For the transform workers; must outlive them.
    [[nodiscard]] rings& work() noexcept { return rings_; }
    [[nodiscard]] const rings& work() const noexcept { return rings_; }

    // For whoever watches; on the I/O thread.
    [[nodiscard]] const std::string& name() const noexcept { return options_.name; }
    [[nodiscard]] phase now() const noexcept { return phase_; }
    [[nodiscard]] const standing& stands() const noexcept { return standing_; }
    [[nodiscard]] const counters& count() const noexcept { return counters_; }
    [[nodiscard]] const breaker& gate() const noexcept { return breaker_; }
    [[nodiscard]] const in_flight& held() const noexcept { return in_flight_; }
    [[nodiscard]] const sqs::request_counters& requests() const noexcept
    {
        return outside_.requests;
    }
    [[nodiscard]] expiry_dates expires() const
    {
        return outside_.expires ? outside_.expires() : expiry_dates{};
    }
    [[nodiscard]] const std::optional<sqs::queue_attributes>& queue_seen() const noexcept
    {
        return attributes_;
    }
    // How old that is; SQS is asked each minute, and more often while messages wait.
    [[nodiscard]] steady_clock::duration queue_seen_age() const
    {
        return outside_.time.now() - attributes_seen_at_;
    }
    // How many daemons like this one the queue could use.
    [[nodiscard]] std::size_t desired_replicas() const noexcept { return scale_.replicas(); }
    // What is wrong outside; an operator's pause is not.
    [[nodiscard]] std::optional<std::string> trouble() const;
    // Set when messages wait, queue and database are well, and nothing was committed for that
    // long: our own fault, which only a restart cures.
    [[nodiscard]] std::optional<std::string> standstill(steady_clock::duration patience) const;
    [[nodiscard]] steady_clock::duration least_lease_remaining() const;

private:
    struct parts;

    awaitable<bool> prepare();
    void start(task_group& group);
    void start_watches(task_group& group);
    awaitable<void> drain();
    awaitable<void> release_until(steady_time deadline);
    awaitable<void> watch_holds();
    awaitable<void> watch_for_the_end();
    awaitable<void> watch_queue();
    void gate_changed();
    void enter(phase next);
    [[nodiscard]] standing judge_standing() const;
    void note_standing();
    void note_preparation();
    void fail_once(std::string_view text);
    void note_attributes(std::optional<sqs::queue_attributes> seen);
    [[nodiscard]] scale_signal::reading read_scale() const;

    world outside_;
    options options_;
    counters counters_;
    breaker breaker_;
    brake brake_;
    rings rings_;
    intake_gate intake_;
    in_flight in_flight_;
    phase phase_ = phase::starting;
    standing standing_;
    std::optional<sqs::queue_attributes> attributes_;
    steady_time attributes_seen_at_{};
    scale_signal scale_;
    bool went_well_ = true;
    milestone stop_asked_;
    preparation preparation_;
    std::unique_ptr<parts> parts_; // once the queue's attributes are known
};

} // namespace sluice::pipeline
