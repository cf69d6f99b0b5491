#include "config/finding.hpp"
#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "daemon/letters/letter_work.hpp"
#include "transform/mask/keyring.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <memory>
#include <ostream>

namespace sluice::daemon {
namespace {

using letter_work = exit_code (*)(const config::loaded&, const letter_options&, console&);

// One of `sluice letters ...`.
struct part
{
    CLI::App* app;
    std::shared_ptr<letter_options> given;
    letter_work work;
};

exit_code run(const part& what, console& terminal)
{
    constexpr std::array<std::string_view, 3> needed{"record", "sink", "keys"};
    const config::loaded file = load_parts(what.given->path, needed);
    print_findings(file, terminal);
    if (!file.ok())
        return exit_code::wrong_usage;
    std::string failure;
    try {
        return what.work(file, *what.given, terminal);
    } catch (const letters_stopped& error) {
        terminal.err << config::printable(error.what()) << '\n';
        return exit_code::failed;
    } catch (const mask::keyring_error& error) {
        failure = error.what();
    } catch (const usage_error& error) {
        failure = error.what();
    }
    terminal.err << config::printable(failure) << '\n';
    return exit_code::wrong_usage;
}

part add_part(CLI::App& letters, const char* name, const char* summary, letter_work work)
{
    CLI::App* const app = letters.add_subcommand(name, summary);
    app->group("Commands");
    app->footer(""); // the one above would be inherited
    auto given = std::make_shared<letter_options>();
    add_common_options(*app, *given);
    return {app, given, work};
}

part declare_list(CLI::App& letters)
{
    part out = add_part(letters, "list", "List letters, the newest first", list_letters);
    add_filter_options(*out.app, *out.given, true);
    out.app->add_option("--limit", out.given->limit, "At most so many; 50 unless given")
        ->type_name("COUNT")
        ->check(CLI::Range(1, 100000));
    return out;
}

part declare_show(CLI::App& letters)
{
    part out = add_part(letters, "show", "Show one letter", show_letter);
    out.app->add_option("ID", out.given->ids, "Its id")->required()->expected(1);
    add_reason_option(*out.app, *out.given,
                      "Open its body for this reason; kept in sluice.unmask_audit", false);
    return out;
}

part declare_export(CLI::App& letters)
{
    part out = add_part(letters, "export", "Print letters with their bodies, as JSON lines",
                        export_letters);
    add_filter_options(*out.app, *out.given, true);
    add_reason_option(*out.app, *out.given,
                      "Open the bodies for this reason; kept in sluice.unmask_audit", false);
    out.app->footer("Without --reason bodies come sealed, as they are stored, and those that are "
                    "stored in\nclear are left out.");
    return out;
}

part declare_replay(CLI::App& letters)
{
    part out = add_part(letters, "replay", "Make rows of letters that fit by now", replay_letters);
    add_filter_options(*out.app, *out.given, false);
    out.app->add_flag("--yes", out.given->yes, "Do it; otherwise only tell what would happen");
    out.app->footer("Every letter goes through the configuration of today, under its own message "
                    "id. It\nbecomes one row at most, however often and by however many it is "
                    "replayed. With --yes\nthe exit status is 1 if a letter still does not fit.");
    return out;
}

part declare_discard(CLI::App& letters)
{
    part out = add_part(letters, "discard", "Give letters up; they stay in the table, marked",
                        discard_letters);
    add_filter_options(*out.app, *out.given, false);
    add_reason_option(*out.app, *out.given, "Why; kept in sluice.letter_audit", true);
    out.app->add_flag("--yes", out.given->yes, "Do it; otherwise only tell how many there are");
    return out;
}

} // namespace

action declare_letters(CLI::App& app)
{
    app.require_subcommand(1);
    const std::vector<part> parts{declare_list(app), declare_show(app), declare_replay(app),
                                  declare_export(app), declare_discard(app)};
    return [parts](console& terminal) {
        const auto chosen =
            std::ranges::find_if(parts, [](const part& each) { return each.app->parsed(); });
        return run(*chosen, terminal);
    };
}

} // namespace sluice::daemon
