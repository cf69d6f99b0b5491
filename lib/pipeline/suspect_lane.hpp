// Transforms suspects one by one, each alone in work, so that a message that kills the process
// convicts itself and nobody else. A message is stored unread, as a dead letter, only on evidence:
// three attempts at it ended with their process.
#pragma once

#include "core/backoff.hpp"
#include "core/clock.hpp"
#include "pipeline/intake_gate.hpp"
#include "pipeline/row_intake.hpp"
#include "sink/postgres/attempt_log.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sluice::pipeline {

class suspect_lane
{
public:
    static constexpr unsigned deaths_for_conviction = 3;

    suspect_lane(std::string pipeline, asio::any_io_executor executor, clock& time,
                 random_source& random, rings& work, intake_gate& gate,
                 postgres::attempt_log& attempts);

    // Runs until stopped.
    awaitable<void> run();
    // Begins no attempt any more; what waits stays with the gate. An attempt that was begun is
    // ended first: a stop is no death, if the database answers before it is abandoned.
    void stop();
    // No longer.
    void abandon();
    // Rests no more after a failure.
    void look_now();

    // Why no suspect can be tried. Those that wait are held, and take up the budget.
    [[nodiscard]] const std::optional<std::string>& trouble() const noexcept { return trouble_; }
    // Called when it begins, changes or ends.
    void on_trouble(std::function<void()> tell) { on_trouble_ = std::move(tell); }

private:
    // The attempt that was begun last, or may have been: its statement was not answered.
    struct beginning
    {
        std::string id;
        unsigned deaths;
    };

    [[nodiscard]] bool goes_on() const noexcept;
    awaitable<void> attempt(receipt suspect);
    awaitable<std::optional<unsigned>> begin(std::string id);
    awaitable<void> forget_beginning();
    awaitable<void> end(std::string id);
    void note_success();
    void trouble_ends();
    void note_failure(const postgres::database_error& error);
    awaitable<void> until_idle();
    awaitable<void> until_idle_or_stopped();

    std::string name_;
    rings& rings_;
    intake_gate& gate_;
    postgres::attempt_log& attempts_;
    random_source& random_;
    backoff pauses_;
    sleeper wake_; // a suspect came
    sleeper rest_; // after a failure, whatever comes
    sleeper idle_;
    coroutine_waker on_idle_;
    std::optional<beginning> under_way_;
    std::optional<std::string> trouble_;
    std::function<void()> on_trouble_ = [] {};
    bool stopped_ = false;
    bool abandoned_ = false;
};

} // namespace sluice::pipeline
