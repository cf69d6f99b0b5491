#include "daemon/command.hpp"
#include "transform/mask/keyring.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>

namespace sluice::daemon {
namespace {

struct planned_step
{
    const char* name;
    const char* summary;
};

constexpr std::array planned_steps{
    planned_step{"add", "Add a key that is not used yet (not yet built)"},
    planned_step{"promote", "Let another key mask from now on (not yet built)"},
    planned_step{"retire", "Keep a key for opening alone (not yet built)"},
    planned_step{"check", "Look whether a keyring can be used (not yet built)"},
};

exit_code generate(const std::string& path, console& terminal)
{
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    try {
        mask::generate_keyring(path, now);
        const mask::keyring made = mask::keyring::load(path);
        terminal.out << path << ": key " << made.primary().id
                     << " made; keep a copy in a safe place: nobody can make it again\n";
        return exit_code::done;
    } catch (const mask::keyring_error& error) {
        terminal.err << error.what() << '\n';
        return exit_code::wrong_usage;
    }
}

} // namespace

action declare_keys(CLI::App& app)
{
    app.require_subcommand(1);
    auto path = std::make_shared<std::string>();
    CLI::App* const generating =
        app.add_subcommand("generate", "Make a keyring with one new key, readable by its owner");
    generating->group("Commands");
    generating->add_option("--keyring", *path, "The file to make; it must not exist")
        ->required()
        ->type_name("FILE");

    for (const planned_step& each : planned_steps)
        app.add_subcommand(each.name, each.summary)->prefix_command()->group("Commands");
    return [&app, generating, path](console& terminal) {
        if (generating->parsed())
            return generate(*path, terminal);
        terminal.err << "sluice keys " << app.get_subcommands().front()->get_name()
                     << ": is planned but not yet built; see sluice keys --help for what is\n";
        return exit_code::wrong_usage;
    };
}

} // namespace sluice::daemon
