// One connection to the database as a daemon sees it.
#pragma once

#include "simulation/backend.hpp"
#include "simulation/daemon_clock.hpp"
#include "sink/postgres/link.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::simulation {

class link_port final : public postgres::link
{
public:
    // Told when the daemon learns that the batch with these keys is committed.
    using on_confirmed = std::function<void(const std::vector<std::string>& keys)>;

    link_port(world& in, database& of, daemon_clock& time, on_confirmed tell,
              std::string_view name);
    ~link_port() override;

    awaitable<void> open() override;
    awaitable<void> send(transform::row_batch& batch, transform::row_batch::path way) override;
    awaitable<postgres::commit_outcome> receive() override;
    void close() noexcept override;

    // The process is dead.
    void cut();

private:
    struct wire; // what both ends hold

    [[noreturn]] static void fail(std::string_view sqlstate, std::string_view text);

    world& in_;
    database& of_;
    daemon_clock& clock_;
    on_confirmed tell_;
    dice luck_;
    std::shared_ptr<wire> wire_;
    sleeper opening_;
    sleeper sending_;
    sleeper receiving_;
    bool cut_ = false;
};

} // namespace sluice::simulation
