#include "daemon/send/send_report.hpp"

#include "config/finding.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

namespace sluice::daemon {
namespace {

constexpr std::chrono::milliseconds between_shows{100};
constexpr const char* erase_line = "\r\x1b[K";

} // namespace

std::string ranges_of(std::vector<std::uint64_t> numbers)
{
    std::sort(numbers.begin(), numbers.end());
    std::string out;
    for (std::size_t first = 0; first < numbers.size();) {
        std::size_t last = first;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1)
            ++last;
        out += out.empty() ? "" : ", ";
        out += first == last ? fmt::format("{}", numbers[first])
                             : fmt::format("{}-{}", numbers[first], numbers[last]);
        first = last + 1;
    }
    return out;
}

send_report::send_report(std::string file, console& terminal)
    : file_(std::move(file)),
      terminal_(terminal),
      on_terminal_(&terminal.err == &std::cerr && isatty(STDERR_FILENO) == 1),
      began_(steady_clock::now())
{}

void send_report::progress(const send_counts& now)
{
    const steady_time at = steady_clock::now();
    if (!on_terminal_ || at - shown_at_ < between_shows)
        return;
    const double seconds = std::chrono::duration<double>(at - began_).count();
    terminal_.err << erase_line
                  << fmt::format("{} sent, {:.0f} a second", now.sent,
                                 static_cast<double>(now.sent) / std::max(seconds, 1e-3))
                  << std::flush;
    shown_ = true;
    shown_at_ = at;
}

void send_report::clear()
{
    if (std::exchange(shown_, false))
        terminal_.err << erase_line;
}

void send_report::refused(std::uint64_t line, const std::string& why)
{
    clear();
    terminal_.err << config::printable(fmt::format("{}:{}: {}", file_, line, why)) << '\n';
}

void send_report::stopped(const std::vector<std::uint64_t>& given_up, std::uint64_t lines_read)
{
    clear();
    terminal_.err << config::printable(
                         fmt::format("{}: lines {} were perhaps not sent, and nothing behind line "
                                     "{}; send those again",
                                     file_, ranges_of(given_up), lines_read))
                  << '\n';
}

void send_report::broken(std::uint64_t lines_read)
{
    clear();
    terminal_.err << config::printable(fmt::format("{}: cannot be read behind line {}; send the "
                                                   "rest from a file that can",
                                                   file_, lines_read))
                  << '\n';
}

void send_report::summary(const send_counts& all, std::uint64_t empty)
{
    clear();
    terminal_.out << fmt::format("sent {}, not sent {}, empty lines left out {}\n", all.sent,
                                 all.not_sent, empty);
}

} // namespace sluice::daemon
