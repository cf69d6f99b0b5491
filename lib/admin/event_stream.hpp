// The news of the daemon as server-sent events, for a few readers at a time.
#pragma once

#include "core/clock.hpp"
#include "net/http_message.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace sluice::admin {

// Not thread-safe. Must outlive the answers that it has made.
class event_stream
{
public:
    // Each keeps a connection, of which the server has few.
    static constexpr std::size_t readers_max = 8;
    static constexpr std::chrono::seconds interval{1};

    // `news` makes the data of an event: one line.
    event_stream(clock& time, std::function<std::string()> news)
        : clock_(time), news_(std::move(news))
    {}

    // An event at once and then one an interval, for one reader more; nothing if there are enough.
    // The place is free again when the answer dies.
    [[nodiscard]] std::optional<net::next_piece> join();

    [[nodiscard]] std::size_t readers() const noexcept { return readers_; }

private:
    class reader;

    clock& clock_;
    std::function<std::string()> news_;
    std::size_t readers_ = 0;
};

} // namespace sluice::admin
