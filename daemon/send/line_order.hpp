// Which line is sent next. Of a message group of a FIFO queue none leaves before the one ahead of
// it has ended: a batch can succeed in part, and then what failed would come behind what did not.
#pragma once

#include "daemon/send/message_lines.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::daemon {

// Performs no I/O. Not thread-safe.
class line_order
{
public:
    // What may wait here for its group; one batch more, since batches are added whole.
    static constexpr std::size_t lines_waiting_max = 1000;
    static constexpr std::size_t bytes_waiting_max = std::size_t{8} << 20;

    // Without groups to keep, every line may leave as soon as it came.
    explicit line_order(bool keeps_groups) noexcept : keeps_groups_(keeps_groups) {}

    // Lines in the order of the file.
    void add(std::vector<message_line> lines);

    // Whether take() has something to give.
    [[nodiscard]] bool any_ready() const noexcept { return !alone_.empty() || !ready_.empty(); }
    [[nodiscard]] bool empty() const noexcept { return waiting_ == 0; }
    [[nodiscard]] bool has_room() const noexcept
    {
        return waiting_ < lines_waiting_max && waiting_bytes_ < bytes_waiting_max;
    }

    // What one call of SQS can take, and at most one line of each group.
    [[nodiscard]] std::vector<message_line> take();

    // A line that was taken is sent, refused or given up.
    void ended(const message_line& line);

    // Takes out whatever waits, in the order of the file.
    [[nodiscard]] std::vector<message_line> take_rest();

private:
    using lane = std::deque<message_line>;

    [[nodiscard]] lane& first_ready() noexcept { return keeps_groups_ ? *ready_.front() : alone_; }

    bool keeps_groups_;
    lane alone_;                                   // without groups to keep
    std::unordered_map<std::string, lane> groups_; // of which lines wait or have not ended
    std::deque<lane*> ready_;                      // whose first line may leave
    std::size_t waiting_ = 0;
    std::size_t waiting_bytes_ = 0;
};

} // namespace sluice::daemon
