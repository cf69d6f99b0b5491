// The long polls that wait, queue by queue. The first of a queue watches for its messages; whoever
// leaves wakes the next, so that no message waits for a poll and no crowd wakes for one message.
#pragma once

#include "core/clock.hpp"

#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

// Not thread-safe.
class waiting_polls
{
    using line = std::list<sleeper>;
    using lines = std::map<std::string, line, std::less<>>;

public:
    explicit waiting_polls(clock& time) noexcept : clock_(time) {}

    // A place at the end of a queue's line, as long as it lives.
    class place
    {
    public:
        place(waiting_polls& among, const std::string& queue_name);
        place(const place&) = delete;
        place& operator=(const place&) = delete;
        ~place();

        [[nodiscard]] bool is_first() const noexcept { return at_ == line_->second.begin(); }
        awaitable<sleeper::reason> sleep_until(steady_time deadline)
        {
            return at_->sleep_until(deadline);
        }

    private:
        waiting_polls& among_;
        lines::iterator line_;
        line::iterator at_;
    };

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void wake_first(std::string_view queue_name);
    void wake_all();

private:
    clock& clock_;
    lines lines_;
    std::size_t size_ = 0;
};

} // namespace sluice::sqs_server
