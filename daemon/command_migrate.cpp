#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "daemon/database.hpp"
#include "sink/postgres/migrations.hpp"
#include "sink/postgres/table_check.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::daemon {
namespace {

// What was done, or found, in the database of one pipeline.
struct migrated
{
    std::vector<std::string> done;
    std::vector<postgres::finding> findings;
};

migrated migrate_pipeline(const config::pipeline& one)
{
    const auto compiled = transform::mapping::compile(one);
    const postgres::target_table target =
        postgres::make_target(one.sink.schema, one.sink.table, *compiled.made);
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    migrated out;
    auto work = [&](postgres::connection& on) -> awaitable<void> {
        out.done = co_await postgres::migrate(on, now);
        if (one.sink.create) {
            const bool made = co_await postgres::create_target(on, target);
            if (made)
                out.done.push_back(fmt::format("table {} made", target.quoted_name()));
        }
        out.findings = co_await postgres::check_table(on, target);
    };
    on_database(one.sink, work);
    return out;
}

// A finding of one column stands at its line, any other at the table's name.
std::string line_of(const config::loaded& file, const config::pipeline& one,
                    const postgres::finding& what)
{
    const std::string pipeline = fmt::format("pipelines.{}", one.name);
    const std::string table = pipeline + ".sink.postgres.table";
    const bool of_column = what.line != 0;
    return config::printable(fmt::format("{}:{}: {}: {}{}", file.value.file,
                                         of_column ? what.line : file.keys.place_of(table).line,
                                         of_column ? pipeline + ".record.columns" : table,
                                         what.fatal ? "" : "warning: ", what.text));
}

// Whether the tables are as the pipeline needs them.
bool report(const config::loaded& file, const config::pipeline& one, const migrated& result,
            console& terminal)
{
    for (const std::string& line : result.done)
        terminal.out << one.name << ": " << line << '\n';
    bool fits = true;
    for (const postgres::finding& each : result.findings) {
        terminal.err << line_of(file, one, each) << '\n';
        fits = fits && !each.fatal;
    }
    if (result.done.empty() && fits)
        terminal.out << one.name << ": nothing to do\n";
    return fits;
}

exit_code run(const std::string& path, console& terminal)
{
    constexpr std::array<std::string_view, 2> needed{"record", "sink"};
    const config::loaded file = load_parts(path, needed);
    print_findings(file, terminal);
    if (!file.ok())
        return exit_code::wrong_usage;
    bool good = true;
    for (const config::pipeline& one : file.value.pipelines) {
        try {
            good = report(file, one, migrate_pipeline(one), terminal) && good;
        } catch (const postgres::database_error& error) {
            terminal.err << told(file, one, error) << '\n';
            good = false;
        }
    }
    return good ? exit_code::done : exit_code::failed;
}

} // namespace

action declare_migrate(CLI::App& app)
{
    auto path = std::make_shared<std::string>();
    add_configuration_option(app, *path)->required();
    app.footer("Makes what is missing and changes nothing that is there. Daemons may run meanwhile,"
               "\nand several may migrate at once.");
    return [path](console& terminal) { return run(*path, terminal); };
}

} // namespace sluice::daemon
