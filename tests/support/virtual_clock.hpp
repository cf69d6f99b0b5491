// A clock that stands still until a test moves it.
#pragma once

#include "core/clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace sluice::test {

class virtual_clock final : public clock
{
public:
    [[nodiscard]] steady_time now() const noexcept override { return now_; }
    [[nodiscard]] wall_time wall_now() const noexcept override
    {
        return wall_ + std::chrono::duration_cast<std::chrono::milliseconds>(now_ - beginning);
    }

    void move_to(steady_time to)
    {
        now_ = to;
        fire_due();
    }

private:
    void earliest_changed() override {} // the test looks for itself

    static constexpr steady_time beginning{std::chrono::hours{1}};
    steady_time now_ = beginning;
    wall_time wall_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 15}};
};

// One thread, one executor, time that passes only when told to.
class test_bench
{
public:
    // Runs what can run without time passing.
    void settle()
    {
        io.restart();
        io.poll();
    }

    // Lets time pass, step by step, so that every sleep ends at its own moment.
    void pass(steady_clock::duration span)
    {
        const steady_time end = time.now() + span;
        settle();
        while (time.earliest() <= end) {
            time.move_to(std::max(time.earliest(), time.now()));
            settle();
        }
        time.move_to(end);
        settle();
    }

    // Starts a coroutine; its exception comes out of settle or pass.
    template <class Work>
    void start(Work work)
    {
        asio::co_spawn(io, std::move(work), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
    }

    asio::io_context io{1};
    virtual_clock time;
};

} // namespace sluice::test
