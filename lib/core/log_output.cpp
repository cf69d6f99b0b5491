#include "core/log_output.hpp"

#include <poll.h>
#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace sluice::log {
namespace {

constexpr int look_again_ms = 50; // after that it is asked whether to give up

} // namespace

log_output::log_output(int descriptor)
    : descriptor_(descriptor),
      formatter_(std::make_unique<spdlog::pattern_formatter>()),
      gives_up_at_(steady_clock::time_point::max().time_since_epoch().count())
{}

// The descriptor is shared with whoever started us, so it is not made non-blocking. Instead it is
// asked first, and given no more than a pipe takes at once when it says that it takes something.
bool log_output::wait_for_reader() const noexcept
{
    for (;;) {
        pollfd state{.fd = descriptor_, .events = POLLOUT, .revents = 0};
        const bool gave_up = steady_clock::now().time_since_epoch().count() >= gives_up_at_;
        const int ready = poll(&state, 1, gave_up ? 0 : look_again_ms);
        if (ready > 0)
            return true; // or broken, as write() will tell
        if (gave_up || (ready < 0 && errno != EINTR))
            return false;
    }
}

bool log_output::write_all(std::string_view text) const noexcept
{
    while (!text.empty()) {
        if (!wait_for_reader())
            return false;
        const ssize_t done =
            ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
        if (done >= 0)
            text.remove_prefix(static_cast<std::size_t>(done));
        else if (errno != EINTR && errno != EAGAIN)
            return false; // a full disk, a closed pipe: the next line is tried again
    }
    return true;
}

void log_output::log(const spdlog::details::log_msg& message)
{
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (!write_all({line.data(), line.size()}))
        ++lost_;
}

void log_output::set_pattern(const std::string& pattern)
{
    formatter_ = std::make_unique<spdlog::pattern_formatter>(pattern);
}

void log_output::set_formatter(std::unique_ptr<spdlog::formatter> formatter)
{
    formatter_ = std::move(formatter);
}

} // namespace sluice::log
