// Where the lines of the log go: a descriptor that nobody may be reading, on a disk that may be
// full.
#pragma once

#include "core/time.hpp"

#include <spdlog/sinks/sink.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace spdlog {
class formatter;
}

namespace sluice::log {

// Writes from the log's own thread, which waits for a reader that has stopped. What cannot be
// written is counted and dropped. give_up_at and lost may be called from any thread.
class log_output final : public spdlog::sinks::sink
{
public:
    explicit log_output(int descriptor);

    // From then on nothing waits for a reader: else a daemon whose log is not read could not end.
    void give_up_at(steady_time when) noexcept { gives_up_at_ = when.time_since_epoch().count(); }

    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

    void log(const spdlog::details::log_msg& message) override;
    void flush() override {} // nothing is kept back
    void set_pattern(const std::string& pattern) override;
    void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override;

private:
    [[nodiscard]] bool wait_for_reader() const noexcept;
    [[nodiscard]] bool write_all(std::string_view text) const noexcept;

    const int descriptor_;
    std::unique_ptr<spdlog::formatter> formatter_;
    std::atomic<steady_clock::rep> gives_up_at_;
    std::atomic<std::uint64_t> lost_{0};
};

} // namespace sluice::log
