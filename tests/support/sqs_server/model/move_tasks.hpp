// StartMessageMoveTask and its kin: messages leave a dead-letter queue at a steady rate, as new
// messages with new ids.
#pragma once

#include "core/time.hpp"
#include "sqs_server/model/random.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sqs_server {

class account;

inline constexpr std::uint32_t move_rate_max = 500; // a second; what a task without a rate gets

enum class move_status : std::uint8_t
{
    running,
    completed, // moved what was visible when it began
    cancelled,
    failed, // see failure
};

[[nodiscard]] std::string_view to_string(move_status status) noexcept;

struct move_task
{
    std::string handle{};
    std::string source_arn{};
    std::string destination_arn{}; // empty: each message to the queue that it came from
    std::optional<std::uint32_t> messages_per_second{};
    move_status status = move_status::running;
    std::string failure{};
    wall_time started_at{};
    std::size_t moved = 0;
    std::size_t to_move = 0;
};

class move_tasks
{
public:
    move_tasks(account& of, random_source& random) : account_(of), random_(random) {}

    // Throws refusal: the source is unknown, no dead-letter queue, or has a task already.
    const move_task& start(move_task wanted, wall_time now);
    const move_task& cancel(std::string_view handle, wall_time now);
    // Of one source, the newest first.
    [[nodiscard]] std::vector<const move_task*> list(std::string_view source_arn, wall_time now);

    // Moves what is due.
    void advance(wall_time now);
    // When a message is due next.
    [[nodiscard]] std::optional<wall_time> next_step() const noexcept;

private:
    void advance(move_task& task, wall_time now);
    [[nodiscard]] bool move_one(move_task& task, wall_time now);

    account& account_;
    random_source& random_;
    std::deque<move_task> tasks_; // the newest first
};

} // namespace sluice::sqs_server
