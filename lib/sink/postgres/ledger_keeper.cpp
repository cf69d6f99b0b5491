#include "sink/postgres/ledger_keeper.hpp"

#include "core/log.hpp"
#include "core/task_group.hpp"
#include "sink/postgres/migrations.hpp"

#include <fmt/format.h>

namespace sluice::postgres {

ledger_keeper::ledger_keeper(asio::any_io_executor io, asio::any_io_executor blocking, clock& time,
                             random_source& random, options how)
    : io_(std::move(io)),
      blocking_(std::move(blocking)),
      clock_(time),
      random_(random),
      options_(std::move(how)),
      pause_(time),
      watch_(time)
{}

void ledger_keeper::stop()
{
    stopped_ = true;
    pause_.wake();
    watch_.wake();
}

awaitable<void> ledger_keeper::run()
{
    while (!stopped_) {
        const outcome what = co_await round();
        if (what == outcome::good)
            ++good_rounds_;
        if (!stopped_)
            co_await pause_.sleep_for(pause_after(what));
    }
}

// Drawn from the upper half, so that daemons that were started together come apart.
steady_clock::duration ledger_keeper::pause_after(outcome what)
{
    const auto bound = what == outcome::good ? options_.interval : options_.soon;
    const auto half = std::chrono::duration_cast<std::chrono::microseconds>(bound).count() / 2;
    return std::chrono::microseconds(
        half + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(half) + 1)));
}

// The connection is given up when the round takes too long, or when it is time to stop.
awaitable<ledger_keeper::outcome> ledger_keeper::round()
{
    connection on(io_, blocking_);
    outcome what = outcome::trouble;
    bool ended = false;
    const steady_time due = clock_.now() + options_.round_within;
    task_group both(io_, clock_);
    both.spawn([&]() -> awaitable<void> {
        while (!ended && !stopped_ && clock_.now() < due)
            co_await watch_.sleep_until(due);
        if (!ended)
            on.abandon();
    });
    both.spawn([&]() -> awaitable<void> {
        std::string failure;
        try {
            co_await on.open(options_.url);
            what = co_await tend(on);
        } catch (const database_error& error) {
            failure = error.what();
        }
        if (!failure.empty() && !stopped_)
            warn({fmt::format("sluice.ledger could not be tended: {}", failure)});
        ended = true;
        watch_.wake();
    });
    co_await both.join();
    co_return what;
}

// The lock is of the session: it is gone with the connection, whatever happens.
awaitable<ledger_keeper::outcome> ledger_keeper::tend(connection& on)
{
    const rows got =
        co_await on.query(fmt::format("SELECT pg_try_advisory_lock({})::text", advisory_lock_key));
    if (got.at(0).at(0) != "true")
        co_return outcome::elsewhere;
    co_return report(co_await tend_ledger(on, clock_.wall_now()));
}

ledger_keeper::outcome ledger_keeper::report(const ledger_round& what)
{
    until_ = what.until;
    for (const std::string& line : describe(what))
        log::info("postgres", "{}: {}", options_.pipeline, line);
    std::vector<std::string> lines = warnings_of(what);
    const bool good = lines.empty();
    warn(std::move(lines));
    return good ? outcome::good : outcome::trouble;
}

void ledger_keeper::warn(std::vector<std::string> lines)
{
    if (lines == warned_)
        return;
    for (const std::string& line : lines)
        log::warning("postgres", "{}: {}", options_.pipeline, line);
    warned_ = std::move(lines);
}

} // namespace sluice::postgres
