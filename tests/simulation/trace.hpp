// What happened, as one number to compare and, for one seed, as text to read.
#pragma once

#include "simulation/timeline.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace sluice::simulation {

class trace
{
public:
    trace(const timeline& time, bool print) noexcept : time_(time), print_(print) {}

    // `who` is a part of the world: "queue", "database", "daemon 1".
    template <class... Args>
    void note(std::string_view who, fmt::format_string<Args...> form, Args&&... args)
    {
        line_.clear();
        fmt::format_to(std::back_inserter(line_), form, std::forward<Args>(args)...);
        add(who, {line_.data(), line_.size()});
    }

    // One number instead of a line: a handler ran.
    void count(std::uint64_t what) noexcept { mix(what); }

    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

private:
    void add(std::string_view who, std::string_view what)
    {
        mix(static_cast<std::uint64_t>(time_.now().time_since_epoch().count()));
        for (const char c : who)
            mix(static_cast<unsigned char>(c));
        for (const char c : what)
            mix(static_cast<unsigned char>(c));
        if (print_)
            fmt::print("{:>12.6f} {:<10} {}\n",
                       std::chrono::duration<double>(time_.now() - timeline::beginning).count(),
                       who, what);
    }

    void mix(std::uint64_t value) noexcept { hash_ = (hash_ ^ value) * 0x100000001b3; }

    const timeline& time_;
    bool print_;
    std::uint64_t hash_ = 0xcbf29ce484222325;
    fmt::memory_buffer line_;
};

} // namespace sluice::simulation
