// What `sluice send` tells while it works and at its end.
#pragma once

#include "core/time.hpp"
#include "daemon/command.hpp"
#include "daemon/send/sender.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::daemon {

// "1-10, 21, 31-40"; the numbers in any order.
[[nodiscard]] std::string ranges_of(std::vector<std::uint64_t> numbers);

class send_report
{
public:
    // `file` names the lines in messages. Progress is shown on a terminal only.
    send_report(std::string file, console& terminal);

    void progress(const send_counts& now);
    // Takes the progress away, so that a message can stand in its place.
    void clear();

    void refused(std::uint64_t line, const std::string& why);
    // The queue failed: what was under way, and what was never begun.
    void stopped(const std::vector<std::uint64_t>& given_up, std::uint64_t lines_read);
    // The file could not be read to its end.
    void broken(std::uint64_t lines_read);
    void summary(const send_counts& all, std::uint64_t empty);

private:
    std::string file_;
    console& terminal_;
    bool on_terminal_;
    bool shown_ = false;
    steady_time began_;
    steady_time shown_at_{};
};

} // namespace sluice::daemon
