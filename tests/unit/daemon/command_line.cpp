#include "daemon/command.hpp"
#include "shell.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using sluice::daemon::command;
using sluice::daemon::commands;
using sluice::daemon::tests::ended;
using sluice::daemon::tests::run_sluice;

namespace {

void check_refused(const ended& got, const std::string& line)
{
    CHECK(got.code == 2);
    CHECK(got.out.empty());
    CHECK(got.err == line + "\n");
}

} // namespace

TEST_CASE("command line: help names every command and the exit status")
{
    const ended got = run_sluice({"--help"});
    CHECK(got.code == 0);
    CHECK(got.err.empty());
    for (const command& each : commands()) {
        CHECK(got.out.find(each.name) != std::string::npos);
        CHECK(got.out.find(each.summary) != std::string::npos);
    }
    CHECK(got.out.find("Exit status: 0 done; 1 failed") != std::string::npos);
    CHECK(run_sluice({"-h"}).out == got.out);
}

TEST_CASE("command line: every command has a help of its own")
{
    for (const command& each : commands()) {
        const ended got = run_sluice({each.name, "--help"});
        INFO(each.name);
        CHECK(got.code == 0);
        CHECK(got.err.empty());
        CHECK(got.out.starts_with(each.summary));
        CHECK(got.out.find("Usage: sluice " + std::string(each.name)) != std::string::npos);
    }
    CHECK(run_sluice({"keys", "generate", "--help"}).out.find("--keyring FILE") !=
          std::string::npos);
}

TEST_CASE("command line: the version is printed by the command and by the flag")
{
    const ended by_command = run_sluice({"version"});
    CHECK(by_command.code == 0);
    CHECK(by_command.out.starts_with("sluice "));
    CHECK(std::ranges::count(by_command.out, '\n') == 1);
    CHECK(run_sluice({"--version"}).out == by_command.out);
}

TEST_CASE("command line: a command that does not exist is told the one that was meant")
{
    check_refused(run_sluice({"chekc"}), "sluice: \"chekc\" is no command; did you mean check?");
    std::string names;
    for (const command& each : commands())
        names += (names.empty() ? "" : ", ") + std::string(each.name);
    check_refused(run_sluice({"frobnicate", "--help"}),
                  "sluice: \"frobnicate\" is no command; known here: " + names);
    check_refused(run_sluice({""}), "sluice: \"\" is no command; known here: " + names);
    check_refused(run_sluice({"a\nb"}), "sluice: \"a\\x0ab\" is no command; known here: " + names);
}

TEST_CASE("command line: wrong usage is one line that names the help")
{
    check_refused(run_sluice({}), "sluice: A subcommand is required; see sluice --help");
    check_refused(run_sluice({"check"}), "sluice check: --config FILE or --defaults is required; "
                                         "see sluice check --help");
    check_refused(run_sluice({"check", "-c"}),
                  "sluice check: --config: 1 required FILE missing; see sluice check --help");
    check_refused(run_sluice({"check", "-c", "x", "--jason"}),
                  "sluice check: The following argument was not expected: --jason; "
                  "see sluice check --help");
    check_refused(run_sluice({"check", "-c", "x", "y\x1b"}),
                  "sluice check: The following argument was not expected: y\\x1b; "
                  "see sluice check --help");
    check_refused(run_sluice({"check", "-c", "x", "--defaults"}),
                  "sluice check: --defaults excludes --config; see sluice check --help");
    check_refused(run_sluice({"check", "--json", "--defaults"}),
                  "sluice check: --defaults excludes --json; see sluice check --help");
    check_refused(run_sluice({"version", "now"}),
                  "sluice version: The following argument was not expected: now; "
                  "see sluice version --help");
    check_refused(run_sluice({"keys"}),
                  "sluice keys: A subcommand is required; see sluice keys --help");
    check_refused(run_sluice({"keys", "generate"}),
                  "sluice keys generate: --keyring is required; see sluice keys generate --help");
    check_refused(run_sluice({"keys", "promote", "--keyring", "x"}),
                  "sluice keys promote: KEY is required; see sluice keys promote --help");
}
