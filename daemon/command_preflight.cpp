#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "daemon/preflight.hpp"
#include "daemon/preflight_report.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace sluice::daemon {
namespace {

struct preflight_options
{
    std::string path;
    bool json = false;
};

exit_code code_of(check_level worst_found)
{
    switch (worst_found) {
    case check_level::ok:
        return exit_code::done;
    case check_level::warning:
        return exit_code::failed;
    case check_level::error:
        break;
    }
    return exit_code::wrong_usage;
}

exit_code run(const preflight_options& given, console& terminal)
{
    const config::loaded file = load_configuration(given.path, config::references::resolve);
    print_findings(file, terminal);
    if (!file.ok())
        return exit_code::wrong_usage;
    std::vector<preflight_result> results;
    for (const config::pipeline& one : file.value.pipelines)
        results.push_back({one.name, preflight(file.value, one)});
    terminal.out << (given.json ? preflight_json(file.value.file, results)
                                : preflight_table(file.value.file, results));
    return code_of(worst(results));
}

} // namespace

action declare_preflight(CLI::App& app)
{
    auto given = std::make_shared<preflight_options>();
    add_configuration_option(app, given->path)->required();
    app.add_flag("--json", given->json, "Print what was found as JSON");
    app.footer("Connects to queue and database, and changes nothing: no message is received, "
               "nothing is\nwritten. Exit status: 0 all is well; 1 warnings; 2 errors.");
    return [given](console& terminal) { return run(*given, terminal); };
}

} // namespace sluice::daemon
