#include "aws/settings_error.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "daemon/service/service.hpp"
#include "transform/mask/keyring.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

namespace sluice::daemon {
namespace {

struct run_options
{
    std::string path;
    bool once = false;
    std::optional<log::level> level;
};

// The log is written by a thread of its own, which must be gone before main() returns.
class running_log
{
public:
    running_log(log::level least, log::format form) { log::start(least, form); }
    running_log(const running_log&) = delete;
    running_log& operator=(const running_log&) = delete;
    ~running_log() { log::stop(); }
};

// What a restart cannot cure is told on one line, and ends the daemon with 2.
std::unique_ptr<service> build(const config::settings& from, service::options how,
                               console& terminal, exit_code& failed)
{
    try {
        return std::make_unique<service>(from, how);
    } catch (const mask::keyring_error& error) {
        terminal.err << error.what() << '\n';
        failed = exit_code::wrong_usage;
    } catch (const aws::settings_error& error) {
        terminal.err << fmt::format("{}: {}\n", from.file, error.what());
        failed = exit_code::wrong_usage;
    } catch (const system_error& error) {
        terminal.err << fmt::format("{}: {}\n", from.file, error.what());
        failed = exit_code::failed;
    }
    return nullptr;
}

exit_code run(const run_options& given, console& terminal)
{
    const config::loaded file = load_configuration(given.path, config::references::resolve);
    print_findings(file, terminal);
    if (!file.ok())
        return exit_code::wrong_usage;
    const running_log logging(given.level.value_or(file.value.log_level), file.value.log_format);
    const service::options how{.once = given.once, .level = given.level};
    auto failed = exit_code::failed;
    const std::unique_ptr<service> daemon = build(file.value, how, terminal, failed);
    if (!daemon)
        return failed;
    return daemon->run() ? exit_code::done : exit_code::failed;
}

} // namespace

action declare_run(CLI::App& app)
{
    const std::map<std::string, log::level> levels{{"debug", log::level::debug},
                                                   {"info", log::level::info},
                                                   {"warning", log::level::warning},
                                                   {"error", log::level::error},
                                                   {"off", log::level::off}};
    auto given = std::make_shared<run_options>();
    add_configuration_option(app, given->path)->required();
    app.add_flag("--once", given->once, "End when the queues are drained");
    app.add_option("--log-level", given->level, "Least level that is logged")
        ->transform(CLI::CheckedTransformer(levels))
        ->type_name("LEVEL");
    app.footer("SIGTERM or SIGINT: receives no more, finishes what is in flight and ends within\n"
               "shutdown.deadline. A second one ends at once; nothing is lost by that either.\n"
               "SIGHUP: reads the configuration again, with its secrets, keys and certificates.");
    return [given](console& terminal) { return run(*given, terminal); };
}

} // namespace sluice::daemon
