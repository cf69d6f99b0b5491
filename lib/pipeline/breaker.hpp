// Decides whether anything may be received: only while the database takes what comes. So an outage
// uses up no receive count, and drives nothing into the queue's dead-letter queue. Performs no I/O
// and reads no clock.
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
        closed, // at least one connection works: receive
        open,   // none does: hold what is held, receive nothing, try again
        paused, // what is wrong needs a person, or the brake was pulled: the same, and said so
    };

    explicit breaker(std::size_t connections) : works_(connections, false) {}

    // Both return whether the state changed.
    bool connected(std::size_t which)
    {
        works_.at(which) = true;
        if (!braked_)
            text_.clear();
        return change(state::closed);
    }
    bool disconnected(std::size_t which, bool needs_repair, std::string text)
    {
        works_.at(which) = false;
        for (const bool works : works_)
            if (works)
                return false;
        if (!braked_)
            text_ = std::move(text);
        return change(needs_repair ? state::paused : state::open);
    }

    // The brake: nothing is received and nothing is written until a restart.
    void pull_brake(std::string why)
    {
        braked_ = true;
        text_ = std::move(why);
    }
    [[nodiscard]] bool braked() const noexcept { return braked_; }

    [[nodiscard]] state now() const noexcept { return braked_ ? state::paused : state_; }
    [[nodiscard]] bool may_receive() const noexcept { return now() == state::closed; }
    // Why it is not closed.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] std::size_t connections() const noexcept { return works_.size(); }
    [[nodiscard]] std::size_t working() const noexcept
    {
        std::size_t count = 0;
        for (const bool works : works_)
            count += works ? 1 : 0;
        return count;
    }

private:
    bool change(state to) noexcept
    {
        const bool changed = state_ != to;
        state_ = to;
        return changed;
    }

    std::vector<bool> works_;
    bool braked_ = false;
    state state_ = state::open; // until the first connection has shown that it can write
    std::string text_ = "not connected yet";
};

} // namespace sluice::pipeline
