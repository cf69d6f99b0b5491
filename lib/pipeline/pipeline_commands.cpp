// What an operator tells a pipeline, and how it stands.
#include "pipeline/pipeline_parts.hpp"

namespace sluice::pipeline {

std::string_view to_string(state what) noexcept
{
    switch (what) {
    case state::waiting:
        return "waiting";
    case state::running:
        return "running";
    case state::paused:
        return "paused";
    case state::braked:
        return "braked";
    case state::draining:
        return "draining";
    case state::ended:
        break;
    }
    return "ended";
}

bool pipeline::takes_commands() const noexcept
{
    return !stop_asked_.reached() && (phase_ == phase::starting || phase_ == phase::running);
}

void pipeline::pause()
{
    if (!takes_commands() || breaker_.receiving_paused())
        return;
    breaker_.pause_receiving();
    gate_changed();
}

void pipeline::resume()
{
    if (!takes_commands())
        return;
    if (breaker_.receiving_paused() || breaker_.braked()) {
        breaker_.resume_receiving();
        breaker_.release_brake();
        brake_.begin_anew();
        gate_changed();
    }
    look_now();
}

void pipeline::follow(const pipeline& before)
{
    counters_ = before.counters_;
    counters_.source.fetchers_polling = 0;
    counters_.source.fetchers_waiting = 0;
    if (before.breaker_.receiving_paused())
        pause();
}

void pipeline::look_now()
{
    if (!takes_commands())
        return;
    preparation_.look_now();
    if (!parts_)
        return;
    parts_->fetch.look_now();
    if (parts_->suspects)
        parts_->suspects->look_now();
    for (const auto& each : parts_->writers)
        each->connect_now();
}

// Fetchers wait for the gate to open, writers for the brake to be released.
void pipeline::gate_changed()
{
    note_standing();
    in_flight_.gate_changed();
    if (!parts_)
        return;
    for (const auto& each : parts_->writers)
        each->wake();
    if (parts_->suspects && breaker_.now() == breaker::state::closed)
        parts_->suspects->look_now();
}

std::optional<std::string> pipeline::trouble() const
{
    if (!parts_)
        return preparation_.trouble();
    if (breaker_.now() != breaker::state::closed)
        return breaker_.text();
    if (parts_->fetch.trouble())
        return parts_->fetch.trouble()->text;
    if (parts_->suspects)
        return parts_->suspects->trouble();
    return std::nullopt;
}

standing pipeline::judge_standing() const
{
    if (phase_ == phase::ended)
        return {.now = state::ended, .why = "ended"};
    if (phase_ == phase::draining || stop_asked_.reached())
        return {.now = state::draining, .why = trouble().value_or("draining")};
    if (breaker_.braked())
        return {.now = state::braked, .why = breaker_.text()};
    if (breaker_.receiving_paused())
        return {.now = state::paused, .why = "paused by an operator, until it is resumed"};
    if (const auto what = trouble())
        return {.now = state::waiting, .why = *what};
    if (phase_ == phase::starting)
        return {.now = state::waiting, .why = "starting"};
    return {.now = state::running};
}

void pipeline::note_standing()
{
    standing next = judge_standing();
    const bool is_new = next.now != standing_.now || standing_.since == wall_time{};
    next.since = is_new ? outside_.time.wall_now() : standing_.since;
    next.since_time = is_new ? outside_.time.now() : standing_.since_time;
    standing_ = std::move(next);
}

// Before there are connections for writes, what the preparation meets is what the breaker tells.
void pipeline::note_preparation()
{
    if (!attributes_ && preparation_.attributes())
        note_attributes(preparation_.attributes());
    if (preparation_.asks_database()) {
        if (preparation_.trouble())
            breaker_.not_ready(preparation_.needs_repair(), *preparation_.trouble());
        else
            breaker_.ready_to_connect();
    }
    note_standing();
}

void pipeline::enter(phase next)
{
    phase_ = next;
    note_standing();
}

} // namespace sluice::pipeline
