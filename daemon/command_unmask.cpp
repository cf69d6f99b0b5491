#include "core/control_characters.hpp"
#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "daemon/database.hpp"
#include "daemon/unmasking.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::daemon {
namespace {

struct unmask_options
{
    std::string path;
    std::string reason;
    std::string query;
    std::string pipeline;
    std::vector<std::string> values;
    bool json = false;
};

std::vector<std::string> read_lines(std::istream& in)
{
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r'))
            line.pop_back();
        if (!line.empty())
            lines.push_back(line);
    }
    return lines;
}

// Opens, writes the audit, and only then returns what was opened.
unmasked open_audited(const unmask_options& given, const mask::keyring& keys,
                      const std::vector<std::string>& domains, const config::pipeline& pipeline,
                      console& terminal)
{
    std::vector<std::string> values = given.values;
    if (values.empty() && given.query.empty())
        values = read_lines(terminal.in);
    unmasked result;
    auto work = [&](postgres::connection& on) -> awaitable<void> {
        if (!given.query.empty())
            values = co_await query_values(on, given.query);
        result = unmask(values, keys, domains);
        const std::string source = given.query.empty() ? "values given" : given.query;
        co_await write_audit(on, {given.reason, source, result});
    };
    on_database(pipeline.sink, work);
    return result;
}

// One line a value, whatever it holds: no value can look like two, or speak to the terminal.
void show(const unmasked& result, bool json, console& terminal)
{
    for (const auto& each : result.values) {
        if (!json)
            terminal.out << config::printable(each.value_or(""));
        else if (each)
            terminal.out << printable_json(boost::json::serialize(boost::json::string(*each)));
        else
            terminal.out << "null";
        terminal.out << '\n';
    }
    for (const std::string& line : result.failures)
        terminal.err << config::printable(line) << '\n';
}

exit_code run_with(const config::loaded& file, const unmask_options& given, console& terminal)
{
    if (file.value.keyring.empty())
        throw usage_error(file.value.file +
                          ": keys.keyring: is not set; name the keyring that sealed the values");
    const config::pipeline& pipeline = choose_pipeline(file.value, given.pipeline);
    const mask::keyring keys = mask::keyring::load(file.value.keyring);
    try {
        const unmasked result =
            open_audited(given, keys, domains_of(file.value), pipeline, terminal);
        show(result, given.json, terminal);
        return result.failures.empty() ? exit_code::done : exit_code::failed;
    } catch (const postgres::database_error& error) {
        terminal.err << told(file, pipeline, error) << '\n';
        return exit_code::failed;
    }
}

exit_code run(const unmask_options& given, console& terminal)
{
    constexpr std::array<std::string_view, 3> needed{"record", "sink", "keys"};
    const config::loaded file = load_parts(given.path, needed);
    print_findings(file, terminal);
    if (!file.ok())
        return exit_code::wrong_usage;
    try {
        return run_with(file, given, terminal);
    } catch (const mask::keyring_error& error) {
        terminal.err << config::printable(error.what()) << '\n';
    } catch (const usage_error& error) {
        terminal.err << config::printable(error.what()) << '\n';
    }
    return exit_code::wrong_usage;
}

} // namespace

action declare_unmask(CLI::App& app)
{
    auto given = std::make_shared<unmask_options>();
    add_configuration_option(app, given->path)->required();
    app.add_option("--reason", given->reason, "Why; kept in sluice.unmask_audit")
        ->type_name("TEXT")
        ->required();
    app.add_option("--pipeline", given->pipeline,
                   "Whose database is asked and keeps the audit; needed if there are several")
        ->type_name("NAME");
    app.add_option("VALUE", given->values, "Sealed values; none: one a line from standard input");
    app.add_option("--query", given->query, "One SELECT whose one column holds sealed values")
        ->type_name("SQL");
    app.add_flag("--json", given->json, "Print each value as a JSON string, or null");
    // Not check() and excludes(): their texts would say less.
    app.final_callback([given] {
        if (given->reason.find_first_not_of(" \t\r\n") == std::string::npos)
            throw CLI::ValidationError("--reason", "is blank: it is what an auditor will read");
        if (!given->query.empty() && !given->values.empty())
            throw CLI::ExcludesError("--query", "VALUE");
    });
    app.footer("Prints one clear value a line, in the order asked, control characters as \\xNN; an "
               "empty\nline for what could not be opened, and why to standard error. Nothing is "
               "shown before the\naudit is written. Nulls of the query are left out.");
    return [given](console& terminal) { return run(*given, terminal); };
}

} // namespace sluice::daemon
