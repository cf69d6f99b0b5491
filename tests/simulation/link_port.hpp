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
    // What the checker must know: that a batch leaves, and that one with these keys is confirmed.
    struct watcher
    {
        std::function<void(const transform::row_batch& batch)> sent;
        std::function<void(const std::vector<std::string>& keys)> confirmed;
    };

    link_port(world& in, database& of, daemon_clock& time, watcher tell, std::string_view name);
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
    watcher tell_;
    dice luck_;
    std::shared_ptr<wire> wire_;
    sleeper opening_;
    sleeper sending_;
    sleeper receiving_;
    bool cut_ = false;
};

} // namespace sluice::simulation
