// Sends the lines of a file to a queue, several batches at once, and again what failed.
#pragma once

#include "core/asio.hpp"
#include "core/backoff.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"
#include "core/task_group.hpp"
#include "daemon/send/line_order.hpp"
#include "daemon/send/message_lines.hpp"
#include "source/sqs/replies.hpp"
#include "source/sqs/requests.hpp"

#include <exception>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sluice::daemon {

struct send_counts
{
    std::uint64_t sent = 0;
    std::uint64_t not_sent = 0; // refused here or by SQS, or given up
};

// What the sender asks of the world. All calls come from its own executor.
struct send_ports
{
    // The lines of the next batch; may wait for them.
    std::function<awaitable<line_batch>()> next;
    // One SendMessageBatch; throws sqs::queue_error.
    std::function<awaitable<sqs::batch_reply>(std::span<const sqs::outgoing>)> send;
    // A line of the file that cannot be sent, what is wrong with it and what to do.
    std::function<void(std::uint64_t line, const std::string& why)> tell;
    // Counts have changed.
    std::function<void(const send_counts&)> progress;
};

// Not thread-safe; belongs to one executor. A message whose answer was lost is sent again, and may
// so be in the queue twice, unless it has a deduplication id: SQS offers no other way.
class sender
{
public:
    static constexpr std::size_t batches_at_once = 8;
    static constexpr int attempts_max = 8; // of one message

    // `keeps_groups`: no line is sent before the one ahead of it in its message group has ended.
    sender(asio::any_io_executor executor, clock& time, random_source& random, bool keeps_groups,
           send_ports ports);

    // Sends everything. Throws sqs::queue_error when the queue failed, which no line is to blame
    // for: nothing is begun then, and what is under way may end.
    awaitable<void> run();

    [[nodiscard]] const send_counts& counts() const noexcept { return counts_; }
    // After run() threw: the lines that were read and are not known to be sent.
    [[nodiscard]] const std::vector<std::uint64_t>& given_up() const noexcept { return given_up_; }

private:
    awaitable<void> send_batches();
    awaitable<bool> read();
    void begin(std::vector<message_line> lines);
    awaitable<void> send_batch(std::vector<message_line> lines);
    awaitable<void> attempt(std::vector<message_line>& lines, bool last);
    void settle(std::vector<message_line>& lines, const sqs::batch_reply& reply, bool last);
    void refuse(std::uint64_t line, const std::string& why);
    void give_up(const std::vector<message_line>& lines);

    clock& clock_;
    random_source& random_;
    send_ports ports_;
    task_group sending_;
    line_order order_;
    sleeper room_; // woken when a line or a batch has ended
    std::size_t under_way_ = 0;
    send_counts counts_;
    std::vector<std::uint64_t> given_up_;
    std::exception_ptr failure_; // the first one; nothing is begun after it
};

} // namespace sluice::daemon
