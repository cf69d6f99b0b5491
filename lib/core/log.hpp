// The log: lines on standard error, as text or as JSON. A line says what happened and where; it
// never holds a value of a record, a secret, or a text that the database took from a row.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace sluice::log {

enum class level
{
    debug,
    info,
    warning,
    error,
    off,
};

enum class format
{
    automatic, // text on a terminal, JSON lines otherwise
    text,
    json,
};

// Starts the writer thread. A full queue drops the oldest lines and never blocks the pipeline.
void start(level least, format form);

// From now on. May be called by any thread, once it is started.
void set_level(level least);

// Writes what is queued and ends the writer thread. Who does not read it is waited for no longer
// than a second.
void stop();

// Lines that were dropped: nobody read, the disk was full.
[[nodiscard]] std::uint64_t lost_lines();

[[nodiscard]] bool enabled(level of) noexcept;

// One line. `area` is the part of the daemon that speaks: "sqs", "postgres", "pipeline".
void write(level of, std::string_view area, std::string_view text);

template <class... Args>
void debug(std::string_view area, fmt::format_string<Args...> form, Args&&... args)
{
    if (enabled(level::debug))
        write(level::debug, area, fmt::format(form, std::forward<Args>(args)...));
}

template <class... Args>
void info(std::string_view area, fmt::format_string<Args...> form, Args&&... args)
{
    if (enabled(level::info))
        write(level::info, area, fmt::format(form, std::forward<Args>(args)...));
}

template <class... Args>
void warning(std::string_view area, fmt::format_string<Args...> form, Args&&... args)
{
    if (enabled(level::warning))
        write(level::warning, area, fmt::format(form, std::forward<Args>(args)...));
}

template <class... Args>
void error(std::string_view area, fmt::format_string<Args...> form, Args&&... args)
{
    if (enabled(level::error))
        write(level::error, area, fmt::format(form, std::forward<Args>(args)...));
}

} // namespace sluice::log
