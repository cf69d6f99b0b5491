#include "daemon/command_line.hpp"

#include "config/finding.hpp"
#include "config/suggestion.hpp"
#include "core/version.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::daemon {
namespace {

constexpr std::size_t help_column = 22;

constexpr const char* description = "Drains Amazon SQS into PostgreSQL, exactly once, with "
                                    "personal data masked.";
constexpr const char* footer =
    "sluice COMMAND --help tells more. sluice check --defaults prints every key of a "
    "configuration.\n"
    "Exit status: 0 done; 1 failed while running; 2 wrong usage or configuration.";

struct declared
{
    CLI::App* app;
    action run;
};

std::vector<declared> declare_all(CLI::App& root)
{
    std::vector<declared> out;
    for (const command& each : commands()) {
        CLI::App* const app = root.add_subcommand(each.name, each.summary);
        app->group("Commands");
        app->footer(""); // the root's would be inherited
        out.push_back({app, each.declare(*app)});
    }
    return out;
}

// "sluice keys generate": the commands that were read before the mistake.
std::string path_of(const CLI::App& root)
{
    std::string out = root.get_name();
    const CLI::App* at = &root;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        out += " " + at->get_name();
    }
    return out;
}

exit_code refuse(console& terminal, const std::string& path, std::string_view what,
                 std::string_view remedy)
{
    terminal.err << config::printable(fmt::format("{}: {}; {}", path, what, remedy)) << '\n';
    return exit_code::wrong_usage;
}

// The name of a command that does not exist, if the first argument is one.
bool is_unknown_command(int argc, const char* const* argv)
{
    if (argc < 2 || std::string_view(argv[1]).starts_with('-'))
        return false;
    return std::ranges::none_of(
        commands(), [argv](const command& each) { return std::string_view(each.name) == argv[1]; });
}

exit_code refuse_unknown_command(console& terminal, std::string_view written)
{
    std::vector<std::string> names;
    for (const command& each : commands())
        names.emplace_back(each.name);
    return refuse(terminal, "sluice", fmt::format("{} is no command", config::in_quotes(written)),
                  config::suggest(written, names));
}

} // namespace

exit_code run_command_line(int argc, const char* const* argv, console& terminal)
{
    CLI::App root(description, "sluice");
    root.footer(footer);
    root.require_subcommand(1);
    root.get_formatter()->column_width(help_column);
    root.get_formatter()->label("SUBCOMMAND", "COMMAND");
    root.set_version_flag("--version", fmt::format("sluice {}", version), "Print the version");
    const std::vector<declared> all = declare_all(root);

    if (is_unknown_command(argc, argv))
        return refuse_unknown_command(terminal, argv[1]);
    try {
        root.parse(argc, argv);
    } catch (const CLI::Success& asked) { // --help or --version
        root.exit(asked, terminal.out, terminal.err);
        return exit_code::done;
    } catch (const CLI::ParseError& error) {
        const std::string path = path_of(root);
        return refuse(terminal, path, error.what(), fmt::format("see {} --help", path));
    }
    const auto chosen =
        std::ranges::find_if(all, [](const declared& each) { return each.app->parsed(); });
    return chosen->run(terminal);
}

} // namespace sluice::daemon
