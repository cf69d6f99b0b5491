#include "daemon/configuration.hpp"

#include "transform/columns/compile.hpp"
#include "transform/mapping.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>
#include <string_view>
#include <vector>

namespace sluice::daemon {
namespace {

// "what is wrong; what to do", in its two halves.
config::problem halves(std::string_view text)
{
    constexpr std::string_view between = "; ";
    const std::size_t at = text.rfind(between);
    if (at == std::string_view::npos)
        return {std::string(text), "correct it"};
    return {std::string(text.substr(0, at)), std::string(text.substr(at + between.size()))};
}

// The compiler quotes values; one that came from a reference may be a secret.
config::problem told(const std::string& text, bool refers)
{
    if (!refers)
        return halves(text);
    return {"the value that the reference stands for does not fit the column",
            "give a value that the column takes"};
}

// Columns with a mistake that is told already, or with a value that is not known, are left out:
// what the compiler would say of them means nothing.
void compile_columns(config::loaded& file, const config::pipeline& one)
{
    const std::string columns = fmt::format("pipelines.{}.record.columns", one.name);
    config::pipeline sound = one;
    std::erase_if(sound.record.columns, [&](const config::column& each) {
        return !file.keys.known_inside(fmt::format("{}.{}", columns, each.name));
    });
    for (const transform::mapping_error& each : transform::mapping::compile(sound).errors) {
        const std::string key = fmt::format("{}.{}.{}", columns, each.column, each.key);
        file.report(config::severity::error, key, told(each.text, file.keys.refers(key)));
    }
}

} // namespace

CLI::Option* add_configuration_option(CLI::App& app, std::string& path)
{
    return app.add_option("-c,--config", path, "The configuration file")->type_name("FILE");
}

config::loaded load_configuration(const std::string& path, config::references how)
{
    config::loaded file = config::load(path, how);
    for (const config::pipeline& one : file.value.pipelines)
        compile_columns(file, one);
    return file;
}

void print_findings(const config::loaded& from, console& terminal)
{
    for (const config::finding& each : from.findings)
        terminal.err << config::to_string(from.value.file, each) << '\n';
}

} // namespace sluice::daemon
