// How far a long command is, on the last line of a terminal.
#pragma once

#include "core/time.hpp"
#include "daemon/command.hpp"

#include <cstddef>
#include <string>

namespace sluice::daemon {

// Silent unless the error stream is a terminal.
class progress_line
{
public:
    // "120 of 5000 letters"
    progress_line(console& terminal, std::string noun);
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;
    ~progress_line();

    void show(std::size_t done, std::size_t all);
    // Takes it away, so that other text can stand in its place.
    void clear();

private:
    console& terminal_;
    std::string noun_;
    bool on_terminal_;
    bool shown_ = false;
    steady_time shown_at_{};
};

} // namespace sluice::daemon
