#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "daemon/record_tests.hpp"

#include <boost/json.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <string>

namespace sluice::daemon {
namespace {

struct check_options
{
    std::string path;
    bool defaults = false;
    bool json = false;
};

struct checked
{
    config::loaded file;
    std::size_t columns = 0;
    std::size_t tests_passed = 0;
};

checked check(const std::string& path)
{
    checked out{load_configuration(path, config::references::leave)};
    for (const config::pipeline& one : out.file.value.pipelines) {
        out.columns += one.record.columns.size();
        out.tests_passed += run_record_tests(out.file, one);
    }
    return out;
}

std::string counted(std::size_t count, std::string_view noun)
{
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void print_text(const checked& what, console& terminal)
{
    print_findings(what.file, terminal);
    if (!what.file.ok())
        return;
    terminal.out << fmt::format("{}: ok, {}, {}, {} passed\n", what.file.value.file,
                                counted(what.file.value.pipelines.size(), "pipeline"),
                                counted(what.columns, "column"),
                                counted(what.tests_passed, "test"));
}

void print_json(const checked& what, console& terminal)
{
    namespace json = boost::json;
    json::array findings;
    for (const config::finding& each : what.file.findings) {
        const bool is_error = each.weight == config::severity::error;
        findings.push_back({{"severity", is_error ? "error" : "warning"},
                            {"line", each.line},
                            {"key", each.key},
                            {"what", each.told.what},
                            {"remedy", each.told.remedy}});
    }
    const json::object out{{"file", what.file.value.file},
                           {"ok", what.file.ok()},
                           {"pipelines", what.file.value.pipelines.size()},
                           {"columns", what.columns},
                           {"tests_passed", what.tests_passed},
                           {"findings", std::move(findings)}};
    terminal.out << json::serialize(out) << '\n';
}

exit_code run(const check_options& given, console& terminal)
{
    if (given.defaults) {
        terminal.out << config::defaults();
        return exit_code::done;
    }
    const checked result = check(given.path);
    if (given.json)
        print_json(result, terminal);
    else
        print_text(result, terminal);
    return result.file.ok() ? exit_code::done : exit_code::wrong_usage;
}

} // namespace

action declare_check(CLI::App& app)
{
    auto given = std::make_shared<check_options>();
    add_configuration_option(app, given->path);
    app.add_flag("--defaults", given->defaults, "Print every key with its default, and end");
    app.add_flag("--json", given->json, "Print what was found as JSON");
    // Not excludes(): the help would name them twice.
    app.final_callback([given] {
        if (given->path.empty() && !given->defaults)
            throw CLI::RequiredError("--config FILE or --defaults");
        if (given->defaults && !given->path.empty())
            throw CLI::ExcludesError("--defaults", "--config");
        if (given->defaults && given->json)
            throw CLI::ExcludesError("--defaults", "--json");
    });
    app.footer("Needs no queue, no database, no keyring, and none of the values that ${env:NAME} "
               "and\n${file:PATH} stand for.");
    return [given](console& terminal) { return run(*given, terminal); };
}

} // namespace sluice::daemon
