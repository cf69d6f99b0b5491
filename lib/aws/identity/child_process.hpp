// A program that runs to its end beside us, without a shell.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/secret.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::aws {

struct process_result
{
    int exit_code = 0; // 128 and its number for a signal, as shells say it
    secret output;
    std::string errors; // the beginning of what it wrote to standard error
};

struct process_limits
{
    std::chrono::milliseconds run_time_max{60'000};
    std::size_t output_bytes_max = 64 * 1024;
};

// Words of a command line, with quotes and backslashes as a shell has them and nothing else of it.
// Nothing if a quote is not closed.
[[nodiscard]] std::optional<std::vector<std::string>> split_command(std::string_view line);

// Runs words[0], found by PATH. Throws credentials_error if it cannot be started or is late; then,
// and when the awaiting coroutine is cancelled, it is killed with what it has started.
[[nodiscard]] awaitable<process_result> run_process(std::vector<std::string> words, clock& time,
                                                    process_limits limits = {});

} // namespace sluice::aws
