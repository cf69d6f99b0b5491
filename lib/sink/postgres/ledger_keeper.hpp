// Sees to it that sluice.ledger has its days, for as long as the daemon runs: once an hour, on a
// connection of its own that lives for a moment.
#pragma once

#include "core/clock.hpp"
#include "core/random.hpp"
#include "sink/postgres/ledger_life.hpp"
#include "sink/postgres/login_url.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::postgres {

// One for each pipeline; those that share a database take turns, in whatever process. Belongs to
// one executor.
class ledger_keeper
{
public:
    struct options
    {
        std::string pipeline; // for the log
        login_url url;
        steady_clock::duration interval = std::chrono::hours(1);
        steady_clock::duration soon = std::chrono::minutes(5); // after trouble, or another's turn
        steady_clock::duration round_within = std::chrono::minutes(5);
    };

    // `blocking` as for connection. Clock and chance must outlive it.
    ledger_keeper(asio::any_io_executor io, asio::any_io_executor blocking, clock& time,
                  random_source& random, options how);

    // Runs until stopped. Whatever goes wrong is told in the log and tried again: writers find out
    // by themselves when a day is missing.
    awaitable<void> run();

    // Ends run(), also in the middle of a round. Harmless when repeated.
    void stop();

    // Rounds that found the ledger in order, or put it in order.
    [[nodiscard]] std::size_t good_rounds() const noexcept { return good_rounds_; }

    // What is sent later has no day yet, as the last round here saw it; nothing before one.
    [[nodiscard]] std::optional<wall_time> until() const noexcept { return until_; }

private:
    enum class outcome : std::uint8_t
    {
        good,
        elsewhere, // another daemon is at it
        trouble,
    };

    awaitable<outcome> round();
    awaitable<outcome> tend(connection& on);
    outcome report(const ledger_round& what);
    void warn(std::vector<std::string> lines);
    [[nodiscard]] steady_clock::duration pause_after(outcome what);

    asio::any_io_executor io_;
    asio::any_io_executor blocking_;
    clock& clock_;
    random_source& random_;
    options options_;
    sleeper pause_;
    sleeper watch_;
    std::vector<std::string> warned_; // said once, until it changes
    std::size_t good_rounds_ = 0;
    std::optional<wall_time> until_;
    bool stopped_ = false;
};

} // namespace sluice::postgres
