// One incarnation of the daemon: the production pipeline on simulated ports, from its start to its
// graceful end or its kill.
#pragma once

#include "core/random.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/transform_worker.hpp"
#include "simulation/attempt_port.hpp"
#include "simulation/daemon_clock.hpp"
#include "simulation/event_loop.hpp"
#include "simulation/link_port.hpp"
#include "simulation/queue_port.hpp"
#include "transform/row_splitter.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::simulation {

class daemon
{
public:
    struct plan
    {
        std::string name; // "daemon 1.3": the third life of the first one
        bool once = false;
    };

    daemon(world& in, queue_server& queue, database& tables, plan how);
    ~daemon();

    // Runs one handler that is ready, chosen by the seed. False if none is.
    bool step();
    [[nodiscard]] bool is_ready() const noexcept { return !frozen_ && loop_.ready() > 0; }

    // When its clock wants to ring; `never` while it stands still.
    [[nodiscard]] steady_time wakes_at() const noexcept
    {
        return frozen_ ? never : clock_.earliest();
    }
    void ring() { clock_.ring(); }

    void stop();
    // What an operator tells it.
    void pause();
    void resume();
    // The process dies between two handlers: soon, or now.
    void kill_after(std::uint64_t handlers) { dies_in_ = handlers; }
    void kill();
    void freeze();
    void thaw();
    void set_wall_wrong_by(std::chrono::milliseconds how_much) { clock_.set_wrong_by(how_much); }

    [[nodiscard]] bool has_ended() const noexcept { return ended_; }
    [[nodiscard]] bool is_braked() const noexcept { return brake_pulled_; }
    [[nodiscard]] bool is_paused() const noexcept { return pipeline_->gate().receiving_paused(); }
    [[nodiscard]] bool is_stopping() const noexcept { return stop_began_.has_value(); }
    [[nodiscard]] bool went_well() const noexcept { return went_well_; }
    [[nodiscard]] const std::string& name() const noexcept { return plan_.name; }
    [[nodiscard]] const pipeline::pipeline& inner() const noexcept { return *pipeline_; }
    [[nodiscard]] std::uint64_t queue_calls() const noexcept { return queue_.calls(); }

    // A worker of it reads a message.
    void note_read(const message& which);

private:
    struct worker;

    [[nodiscard]] pipeline::world ports();
    [[nodiscard]] pipeline::pipeline::options options() const;
    void start();
    void start_workers(seconds visibility);
    void spawn(std::function<awaitable<void>()> life);
    awaitable<void> work(worker& self);
    void note_received(const delivery& from);
    void note_groups(const delivery& from);
    void check_deletes(std::span<const receipt> receipts);
    void note_sent(const transform::row_batch& batch);
    void check_changes(std::span<const receipt> receipts, seconds timeout);
    void check_release(receipt which, seconds timeout);
    void check_brake();
    void check_holds();
    [[nodiscard]] bool is_unbegun(receipt which) const;
    void check_poll();
    void check_idle();
    void check_room(std::size_t body_bytes);
    void note_confirmed(const std::vector<std::string>& keys);
    void check_state();
    void check_scale();
    void judge_attempts();
    void run_out();
    void end();

    world& in_;
    database& tables_;
    plan plan_;
    dice luck_;
    event_loop loop_;
    daemon_clock clock_;
    seeded_random random_;
    queue_port queue_;
    attempt_port attempts_;
    std::vector<std::unique_ptr<link_port>> links_;
    std::shared_ptr<const transform::mapping> mapping_;
    transform::row_splitter splitter_;
    sqs::request_counters requests_;
    std::unique_ptr<pipeline::pipeline> pipeline_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::size_t running_ = 0; // coroutines of ours
    bool frozen_ = false;
    bool stood_still_ = false; // ever
    bool killed_ = false;
    bool ended_ = false;
    bool went_well_ = true;
    std::optional<std::uint64_t> dies_in_;
    std::optional<steady_time> stop_began_;
    steady_time started_;
    bool brake_pulled_ = false;
    std::size_t replicas_ = 1;                // that it wanted last
    std::optional<steady_time> confirmed_at_; // its last commit, in the time that it lived through
    steady_time frozen_at_{};                 // when it stood still last
    bool brake_released_ = false;             // ever
    steady_time closed_since_ = never;        // nothing is received
    steady_time next_hold_check_{};
    std::size_t read_in_step_ = 0; // messages, by the worker that runs now
    bool suspect_in_step_ = false; // one of them
    bool room_in_step_ = false;    // for rows, when it began
    std::uint64_t received_messages_ = 0;
    std::set<std::string, std::less<>> read_;      // handles that a worker has begun
    std::set<std::string, std::less<>> sent_;      // handles whose batch a link has had
    std::set<std::string, std::less<>> confirmed_; // ledger keys
};

} // namespace sluice::simulation
