// The time of the simulated world, and what is to happen in it. Time stands still while anything is
// ready to run, and then jumps to the next thing.
#pragma once

#include "core/time.hpp"

#include <functional>
#include <map>
#include <utility>

namespace sluice::simulation {

class timeline
{
public:
    static constexpr steady_time beginning{std::chrono::hours{1}};
    static constexpr wall_time wall_beginning{
        std::chrono::sys_days{std::chrono::year{2026} / 1 / 15}};

    [[nodiscard]] steady_time now() const noexcept { return now_; }
    [[nodiscard]] wall_time wall_now() const noexcept { return wall_at(now_); }
    [[nodiscard]] static wall_time wall_at(steady_time when) noexcept
    {
        return wall_beginning + std::chrono::floor<std::chrono::milliseconds>(when - beginning);
    }

    void at(steady_time when, std::function<void()> what)
    {
        to_come_.emplace(std::max(when, now_), std::move(what));
    }
    void after(steady_clock::duration span, std::function<void()> what)
    {
        at(now_ + span, std::move(what));
    }

    [[nodiscard]] steady_time earliest() const noexcept
    {
        return to_come_.empty() ? never : to_come_.begin()->first;
    }

    // Time passes; it never goes back.
    void move_to(steady_time when) noexcept { now_ = std::max(now_, when); }

    // Lets one thing happen that is due. False if none is.
    bool happen()
    {
        if (earliest() > now_)
            return false;
        const auto what = std::move(to_come_.begin()->second);
        to_come_.erase(to_come_.begin());
        what();
        return true;
    }

private:
    steady_time now_ = beginning;
    std::multimap<steady_time, std::function<void()>> to_come_;
};

} // namespace sluice::simulation
