#include "daemon/configuration.hpp"

#include "config/suggestion.hpp"
#include "daemon/rds_login.hpp"
#include "transform/columns/compile.hpp"
#include "transform/mapping.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string_view>
#include <vector>

namespace sluice::daemon {
namespace {

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

struct free_options
{
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

bool can_be_read(const secret& url)
{
    const std::unique_ptr<PQconninfoOption, free_options> read(
        PQconninfoParse(url.reveal().c_str(), nullptr));
    if (!read)
        return false;
    // A / in a password that is not escaped makes a part of it the port.
    for (const PQconninfoOption* each = read.get(); each->keyword != nullptr; ++each)
        if (each->val != nullptr && std::string_view(each->keyword) == "port")
            return std::string_view(each->val).find_first_not_of("0123456789,") ==
                   std::string_view::npos;
    return true;
}

// libpq ends the login of a URL at the first @, or sees none when a / comes before. What follows in
// a password that is not escaped becomes part of the host or the database's name, which are shown
// in logs. Behind the login, an @ may only begin the name of an abstract socket.
bool spills_login(std::string_view url)
{
    const std::size_t scheme = url.find("://");
    if (!url.starts_with("postgres") || scheme == std::string_view::npos)
        return false; // key=value: nothing is cut at an @
    std::string_view rest = url.substr(scheme + 3);
    if (const std::size_t end = rest.find_first_of("@/");
        end != std::string_view::npos && rest[end] == '@')
        rest.remove_prefix(end + 1);
    if (rest.starts_with('@'))
        rest.remove_prefix(1);
    return rest.substr(0, rest.find('?')).find('@') != std::string_view::npos;
}

// What libpq says of a URL that it cannot read quotes it, with the password: it is told here, in
// words of our own, and never tried.
void check_database_url(config::loaded& file, const config::pipeline& one)
{
    const std::string key = fmt::format("pipelines.{}.sink.postgres.url", one.name);
    if (one.sink.url.empty() || !file.keys.known(key))
        return;
    if (spills_login(one.sink.url.reveal())) {
        file.report(config::severity::error, key,
                    {"has an @ or / that is not escaped in its user, password or database",
                     "write @ as %40 and / as %2F there"});
        return;
    }
    if (can_be_read(one.sink.url)) {
        if (one.sink.login == config::database_login::rds_iam)
            if (auto wrong = check_rds_url(one.sink.url))
                file.report(config::severity::error, key, std::move(*wrong));
        return;
    }
    file.report(config::severity::error, key,
                {"is nothing that libpq can read",
                 "write postgresql://USER@HOST/DATABASE, with %-escapes for special characters"});
}

bool is_inside(std::string_view key, std::string_view part)
{
    return key.starts_with(part) &&
           (key.size() == part.size() || key[part.size()] == '.' || key[part.size()] == '[');
}

// "source.sqs.region" of "pipelines.logins.source.sqs.region". A name has no dot.
std::string_view without_pipeline(std::string_view key)
{
    constexpr std::string_view start = "pipelines.";
    if (!key.starts_with(start))
        return {};
    const std::size_t dot = key.find('.', start.size());
    return dot == std::string_view::npos ? std::string_view{} : key.substr(dot + 1);
}

} // namespace

config::problem halves(std::string_view text)
{
    constexpr std::string_view between = "; ";
    const std::size_t at = text.rfind(between);
    if (at == std::string_view::npos)
        return {std::string(text), "correct it"};
    return {std::string(text.substr(0, at)), std::string(text.substr(at + between.size()))};
}

CLI::Option* add_configuration_option(CLI::App& app, std::string& path)
{
    return app.add_option("-c,--config", path, "The configuration file")->type_name("FILE");
}

config::loaded load_configuration(const std::string& path, config::references how)
{
    config::loaded file = config::load(path, how);
    for (const config::pipeline& one : file.value.pipelines) {
        compile_columns(file, one);
        check_database_url(file, one);
    }
    return file;
}

config::loaded load_parts(const std::string& path, std::span<const std::string_view> parts)
{
    config::loaded file = load_configuration(path, config::references::leave);
    if (!file.ok())
        return file;
    config::loaded with_values = load_configuration(path, config::references::resolve);
    std::erase_if(with_values.findings, [&](const config::finding& each) {
        return std::ranges::none_of(parts, [&each](std::string_view part) {
            return is_inside(each.key, part) || is_inside(without_pipeline(each.key), part);
        });
    });
    return with_values;
}

const config::pipeline& choose_pipeline(const config::settings& from, const std::string& name)
{
    if (name.empty() && from.pipelines.size() == 1)
        return from.pipelines.front();
    std::vector<std::string> names;
    for (const config::pipeline& each : from.pipelines) {
        if (each.name == name)
            return each;
        names.push_back(each.name);
    }
    const std::string what = name.empty() ? "is needed, since there are several pipelines"
                                          : config::in_quotes(name) + " is no pipeline of the file";
    throw usage_error(
        fmt::format("{}: --pipeline: {}; {}", from.file, what, config::suggest(name, names)));
}

void print_findings(const config::loaded& from, console& terminal)
{
    for (const config::finding& each : from.findings)
        terminal.err << config::to_string(from.value.file, each) << '\n';
}

} // namespace sluice::daemon
