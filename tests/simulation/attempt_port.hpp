// sluice.attempts as one daemon sees it: statements that travel, run, and are answered, unless the
// database or the way to it is in trouble.
#pragma once

#include "simulation/daemon_clock.hpp"
#include "simulation/database.hpp"
#include "sink/postgres/attempt_log.hpp"

#include <functional>
#include <string>

namespace sluice::simulation {

class attempt_port final : public postgres::attempt_log
{
public:
    // `begins` is called when an attempt is about to begin.
    attempt_port(world& in, database& of, daemon_clock& time, std::function<void()> begins,
                 std::string who);

    awaitable<unsigned> deaths(std::string_view message_id) override;
    awaitable<void> begin(std::string_view message_id, unsigned deaths) override;
    awaitable<void> end(std::string_view message_id) override;
    void abandon() noexcept override;

    // The process is dead.
    void cut();

    // Whether an attempt at this message was begun and not ended.
    [[nodiscard]] bool is_at(std::string_view message_id) const { return at_ == message_id; }
    // Whether the last statement failed, so that nobody knows what it did.
    [[nodiscard]] bool in_trouble() const noexcept { return in_trouble_; }

private:
    awaitable<void> run(std::function<void()> statement);

    world& in_;
    database& of_;
    daemon_clock& clock_;
    std::function<void()> begins_;
    std::string who_;
    std::string at_; // the message
    dice luck_;
    sleeper place_;
    bool abandoned_ = false;
    bool cut_ = false;
    bool in_trouble_ = false;
};

} // namespace sluice::simulation
