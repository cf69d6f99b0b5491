// A subcommand of `sluice`: a row of the table in commands.cpp, and a source of its own that
// declares its options and does its work.
#pragma once

#include <CLI/App.hpp>

#include <functional>
#include <iosfwd>
#include <span>

namespace sluice::daemon {

enum class exit_code : int
{
    done = 0,
    failed = 1,      // while running
    wrong_usage = 2, // or wrong configuration: what a restart cannot cure
};

// Where a command reads and writes: the process's own streams, or those of a test.
struct console
{
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
};

// Does the work; called once the options are read.
using action = std::function<exit_code(console&)>;

struct command
{
    const char* name;
    const char* summary;              // its line in `sluice --help`
    action (*declare)(CLI::App& app); // adds the options
};

// All of them, in the order of `sluice --help`.
[[nodiscard]] std::span<const command> commands() noexcept;

[[nodiscard]] action declare_check(CLI::App& app);
[[nodiscard]] action declare_health(CLI::App& app);
[[nodiscard]] action declare_init(CLI::App& app);
[[nodiscard]] action declare_keys(CLI::App& app);
[[nodiscard]] action declare_letters(CLI::App& app);
[[nodiscard]] action declare_run(CLI::App& app);
[[nodiscard]] action declare_migrate(CLI::App& app);
[[nodiscard]] action declare_plan(CLI::App& app);
[[nodiscard]] action declare_preflight(CLI::App& app);
[[nodiscard]] action declare_send(CLI::App& app);
[[nodiscard]] action declare_unmask(CLI::App& app);
[[nodiscard]] action declare_version(CLI::App& app);

} // namespace sluice::daemon
