#include "daemon/command.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/mask/keyring_changes.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>

namespace sluice::daemon {
namespace {

struct keys_options
{
    std::string path;
    std::string id;
};

wall_time time_now()
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void generate_step(const keys_options& given, console& terminal)
{
    mask::generate_keyring(given.path, time_now());
    const mask::keyring made = mask::keyring::load(given.path);
    terminal.out << given.path << ": key " << made.primary().id
                 << " made; keep a copy in a safe place: nobody can make it again\n";
}

void add_step(const keys_options& given, console& terminal)
{
    const std::string id = mask::add_key(given.path, time_now());
    terminal.out << given.path << ": key " << id
                 << " added; it masks nothing yet: bring the file to every host, keep a copy, and "
                    "then promote it\n";
}

void promote_step(const keys_options& given, console& terminal)
{
    const std::string before = mask::promote_key(given.path, given.id);
    terminal.out << given.path << ": key " << given.id << " masks from now on, and key " << before
                 << " only opens what it sealed until it is promoted again; a daemon that runs "
                    "learns it by SIGHUP\n";
}

void retire_step(const keys_options& given, console& terminal)
{
    mask::retire_key(given.path, given.id);
    terminal.out << given.path << ": key " << given.id << " only opens what it sealed, for good\n";
}

void check_step(const keys_options& given, console& terminal)
{
    const auto does = [](mask::key_status status) {
        return status == mask::key_status::primary  ? "masks"
               : status == mask::key_status::active ? "opens, or masks when promoted"
                                                    : "only opens, retired";
    };
    const mask::keyring read = mask::keyring::load(given.path);
    for (const mask::key& each : read.keys())
        terminal.out << fmt::format("{}  {:29}  made {}\n", each.id, does(each.status),
                                    each.created);
}

struct step
{
    const char* name;
    const char* summary;
    void (*work)(const keys_options&, console&);
    bool takes_key = false;
};

constexpr std::array steps{
    step{"generate", "Make a keyring with one new key, readable by its owner", generate_step},
    step{"add", "Add a key that masks nothing yet", add_step},
    step{"promote", "Let another key mask from now on", promote_step, true},
    step{"retire", "Keep a key for opening alone", retire_step, true},
    step{"check", "Look whether a keyring can be used, and what its keys do", check_step},
};

} // namespace

action declare_keys(CLI::App& app)
{
    app.require_subcommand(1);
    auto given = std::make_shared<keys_options>();
    for (const step& each : steps) {
        CLI::App* const declared = app.add_subcommand(each.name, each.summary)->group("Commands");
        const bool makes = each.work == generate_step;
        declared
            ->add_option("--keyring", given->path,
                         makes ? "The file to make; it must not exist" : "The file with the keys")
            ->required()
            ->type_name("FILE");
        if (each.takes_key)
            declared->add_option("KEY", given->id, "The id of the key; `check` shows them")
                ->required();
    }
    return [&app, given](console& terminal) {
        const std::string name = app.get_subcommands().front()->get_name();
        const auto chosen = std::ranges::find(steps, name, &step::name);
        try {
            chosen->work(*given, terminal);
            return exit_code::done;
        } catch (const mask::keyring_error& error) {
            terminal.err << error.what() << '\n';
            return exit_code::wrong_usage;
        }
    };
}

} // namespace sluice::daemon
