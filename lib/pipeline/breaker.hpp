// Decides whether anything may be received: only while the database takes what comes, and nobody
// has said otherwise. So an outage uses up no receive count, and drives nothing into the queue's
// dead-letter queue. Performs no I/O and reads no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::pipeline {

class breaker
{
public:
    enum class state : std::uint8_t
    {
        closed,       // at least one connection works: receive
        open,         // none does: hold what is held, receive nothing, try again
        needs_repair, // none does, and what is wrong needs a person: the same, and said so
        braked,   // too many dead letters: nothing is written either, until somebody releases it
        starting, // the database was not asked yet: nobody knows how it is
    };

    explicit breaker(std::size_t connections) : works_(connections, false) {}

    // Both return whether the state changed.
    bool connected(std::size_t which)
    {
        works_.at(which) = true;
        text_.clear();
        return change(state::closed);
    }
    bool disconnected(std::size_t which, bool needs_repair, std::string text)
    {
        works_.at(which) = false;
        for (const bool works : works_)
            if (works)
                return false;
        text_ = std::move(text);
        return change(needs_repair ? state::needs_repair : state::open);
    }

    // Before the first connection for writes: the database cannot be made ready, or is ready now.
    void not_ready(bool needs_repair, std::string text)
    {
        text_ = std::move(text);
        state_ = needs_repair ? state::needs_repair : state::open;
    }
    void ready_to_connect()
    {
        text_ = not_connected_yet;
        state_ = state::starting;
    }

    // The brake: nothing is received and nothing is written until it is released, or a restart.
    void pull_brake(std::string why)
    {
        braked_ = true;
        brake_text_ = std::move(why);
    }
    void release_brake() noexcept { braked_ = false; }
    [[nodiscard]] bool braked() const noexcept { return braked_; }

    // An operator's pause: nothing is received, and what is held is written as usual. So it does
    // not change the state, which tells of the database.
    void pause_receiving() noexcept { receiving_paused_ = true; }
    void resume_receiving() noexcept { receiving_paused_ = false; }
    [[nodiscard]] bool receiving_paused() const noexcept { return receiving_paused_; }

    [[nodiscard]] state now() const noexcept { return braked_ ? state::braked : state_; }
    // It does not go on by itself.
    [[nodiscard]] bool needs_person() const noexcept
    {
        return now() == state::needs_repair || now() == state::braked;
    }
    [[nodiscard]] bool may_receive() const noexcept
    {
        return now() == state::closed && !receiving_paused_;
    }
    // Why it is not closed.
    [[nodiscard]] const std::string& text() const noexcept { return braked_ ? brake_text_ : text_; }
    [[nodiscard]] std::size_t connections() const noexcept { return works_.size(); }
    [[nodiscard]] std::size_t working() const noexcept
    {
        std::size_t count = 0;
        for (const bool works : works_)
            count += works ? 1 : 0;
        return count;
    }

private:
    static constexpr const char* not_connected_yet = "not connected yet";

    bool change(state to) noexcept
    {
        const bool changed = state_ != to;
        state_ = to;
        return changed;
    }

    std::vector<bool> works_;
    bool braked_ = false;
    bool receiving_paused_ = false;
    state state_ = state::starting; // until the first connection has shown whether it can write
    std::string text_ = not_connected_yet;
    std::string brake_text_;
};

} // namespace sluice::pipeline
