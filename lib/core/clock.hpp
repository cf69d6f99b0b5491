// The clock port: what time it is, and a sleep that another coroutine can end. The daemon runs on
// asio_clock; the simulation brings a clock of its own, so that a day passes in a moment.
#pragma once

#include "core/asio.hpp"
#include "core/time.hpp"

#include <boost/asio/any_completion_handler.hpp>

#include <map>

namespace sluice {

class sleeper;

// Not thread-safe: a clock and its sleepers belong to one executor.
class clock
{
public:
    clock() = default;
    clock(const clock&) = delete;
    clock& operator=(const clock&) = delete;
    virtual ~clock() = default;

    [[nodiscard]] virtual steady_time now() const noexcept = 0;
    [[nodiscard]] virtual wall_time wall_now() const noexcept = 0;

    // The earliest deadline anyone sleeps for, or `never`.
    [[nodiscard]] steady_time earliest() const noexcept;

protected:
    // Ends every sleep whose deadline has come.
    void fire_due();

private:
    friend class sleeper;
    using deadlines = std::multimap<steady_time, sleeper*>;

    // The earliest deadline is another one now: see to it that fire_due runs then.
    virtual void earliest_changed() = 0;

    deadlines::iterator add(steady_time deadline, sleeper& who);
    void remove(deadlines::iterator entry);

    deadlines deadlines_;
};

// A place where one coroutine at a time sleeps until a deadline, or until another coroutine on the
// same executor wakes it. Not thread-safe.
class sleeper
{
public:
    enum class reason
    {
        woken,    // somebody called wake()
        deadline, // the time has come
    };

    explicit sleeper(clock& time) noexcept : clock_(time) {}
    sleeper(const sleeper&) = delete;
    sleeper& operator=(const sleeper&) = delete;
    ~sleeper();

    // Sleeps until the deadline or until woken. A wake that came before the sleep ends it at once,
    // so none is lost between looking and lying down. Throws system_error(operation_aborted) when
    // the coroutine is cancelled.
    awaitable<reason> sleep_until(steady_time deadline);
    awaitable<reason> sleep_for(steady_clock::duration span);

    // Sleeps until woken.
    awaitable<void> sleep();

    void wake();

private:
    friend class clock;
    using handler = asio::any_completion_handler<void(boost::system::error_code, reason)>;

    void start(asio::any_io_executor executor, steady_time deadline, handler on_end);
    void end(boost::system::error_code ec, reason why);

    clock& clock_;
    clock::deadlines::iterator entry_; // valid while handler_ is set
    handler handler_;
    asio::any_io_executor executor_; // of the coroutine that sleeps
    bool woken_ = false;
};

} // namespace sluice
