#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "sink/postgres/migrations.hpp"
#include "sink/postgres/statements.hpp"
#include "sink/postgres/target.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace sluice::daemon {
namespace {

void print_schema(std::ostream& out)
{
    out << "-- Schema sluice of each database, where it is missing. `sluice migrate` makes it, and "
           "the\n-- days of sluice.ledger, without which no message can be stored.\n";
    for (const postgres::migration& change : postgres::migrations())
        out << fmt::format("-- version {}: {}\n{}\n", change.version, change.description,
                           postgres::apply_sql(change));
}

void print_pipeline(const config::pipeline& one, std::ostream& out)
{
    const auto compiled = transform::mapping::compile(one);
    const postgres::target_table target =
        postgres::make_target(one.sink.schema, one.sink.table, *compiled.made);
    out << fmt::format("-- Pipeline {}: the table{}\n", one.name,
                       one.sink.create ? "" : " is not made (create: false)");
    if (one.sink.create)
        out << postgres::create_table_sql(target) << ";\n";
    out << fmt::format("\n-- Pipeline {}: what each of its connections prepares\n", one.name);
    const postgres::statements statements(target, one.source.is_fifo());
    for (const postgres::prepared_statement& prepared : statements.all())
        out << fmt::format("PREPARE {} AS\n{};\n", prepared.name, prepared.sql);
    out << "DEALLOCATE ALL;\n\n";
}

exit_code run(const std::string& path, console& terminal)
{
    constexpr std::array<std::string_view, 3> needed{"record", "sink.postgres.table",
                                                     "sink.postgres.create"};
    const config::loaded file = load_parts(path, needed);
    print_findings(file, terminal);
    if (!file.ok())
        return exit_code::wrong_usage;
    print_schema(terminal.out);
    for (const config::pipeline& one : file.value.pipelines)
        print_pipeline(one, terminal.out);
    return exit_code::done;
}

} // namespace

action declare_plan(CLI::App& app)
{
    auto path = std::make_shared<std::string>();
    add_configuration_option(app, *path)->required();
    app.footer("Connects to nothing. What it prints is SQL: psql runs it as it is.");
    return [path](console& terminal) { return run(*path, terminal); };
}

} // namespace sluice::daemon
