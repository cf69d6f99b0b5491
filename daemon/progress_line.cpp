#include "daemon/progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <utility>

namespace sluice::daemon {
namespace {

constexpr std::chrono::milliseconds between_shows{100};
constexpr const char* erase_line = "\r\x1b[K";

} // namespace

progress_line::progress_line(console& terminal, std::string noun)
    : terminal_(terminal),
      noun_(std::move(noun)),
      on_terminal_(&terminal.err == &std::cerr && isatty(STDERR_FILENO) == 1)
{}

progress_line::~progress_line()
{
    clear();
}

void progress_line::show(std::size_t done, std::size_t all)
{
    const steady_time at = steady_clock::now();
    if (!on_terminal_ || at - shown_at_ < between_shows)
        return;
    terminal_.err << erase_line << fmt::format("{} of {} {}", done, all, noun_) << std::flush;
    shown_ = true;
    shown_at_ = at;
}

void progress_line::clear()
{
    if (std::exchange(shown_, false))
        terminal_.err << erase_line << std::flush;
}

} // namespace sluice::daemon
