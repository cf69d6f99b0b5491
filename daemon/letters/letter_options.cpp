#include "daemon/letters/letter_options.hpp"

#include "config/suggestion.hpp"
#include "config/units.hpp"
#include "daemon/configuration.hpp"
#include "transform/columns/date_time.hpp"
#include "transform/reason.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace sluice::daemon {
namespace {

constexpr std::chrono::hours since_max{24 * 366 * 10};

wall_time now()
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::vector<std::string> all_reasons()
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < transform::reason_count; ++i)
        names.emplace_back(to_string(static_cast<transform::reason>(i)));
    return names;
}

// Empty if the text is one of the names, as CLI11 wants it.
std::string check_name(const std::string& text, const std::vector<std::string>& names)
{
    if (std::ranges::find(names, text) != names.end())
        return {};
    return fmt::format("{} is not known; {}", config::in_quotes(text),
                       config::suggest(text, names));
}

} // namespace

void add_common_options(CLI::App& app, letter_options& into)
{
    add_configuration_option(app, into.path)->required();
    app.add_option("--pipeline", into.pipeline, "Letters of this pipeline alone");
    app.add_flag("--json", into.json, "Print JSON");
}

void add_filter_options(CLI::App& app, letter_options& into, bool with_state)
{
    app.add_option("ID", into.ids, "Letters by their id; none: all that the options leave");
    app.add_option("--why", into.whys, "Letters with this reason, such as missing or too_long")
        ->type_name("REASON")
        ->allow_extra_args(false) // what follows is an id
        ->check([](const std::string& text) { return check_name(text, all_reasons()); });
    if (with_state)
        app.add_option("--state", into.states, "Letters in this state: new, replayed, discarded")
            ->type_name("STATE")
            ->allow_extra_args(false)
            ->check([](const std::string& text) {
                return check_name(text, {std::string(postgres::letter_new),
                                         std::string(postgres::letter_replayed),
                                         std::string(postgres::letter_discarded)});
            });
    app.add_option("--since", into.since,
                   "Letters stored since then: 30m, 2h, 2026-01-31, 2026-01-31T12:00:00Z")
        ->type_name("TIME")
        ->check([](const std::string& text) {
            return read_since(text, now())
                       ? std::string()
                       : config::in_quotes(text) + " is no time; write 2h, 2026-01-31 or "
                                                   "2026-01-31T12:00:00Z";
        });
}

void add_reason_option(CLI::App& app, letter_options& into, const char* help, bool required)
{
    app.add_option("--reason", into.reason, help)
        ->required(required)
        ->type_name("TEXT")
        ->check([](const std::string& text) {
            const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
            return blank ? std::string("say why: the reason is what an auditor will read")
                         : std::string();
        });
}

std::optional<wall_time> read_since(std::string_view text, wall_time at)
{
    const auto ago =
        config::parse_duration({text, text}, {std::chrono::milliseconds(0), since_max});
    if (ago)
        return at - *ago;
    transform::moment found;
    if (transform::read_date(text, found) && transform::read_timestamp(text, found))
        return std::nullopt;
    return std::chrono::floor<std::chrono::milliseconds>(found.utc());
}

std::vector<const config::pipeline*> chosen_pipelines(const config::settings& from,
                                                      const letter_options& given)
{
    std::vector<const config::pipeline*> out;
    std::vector<std::string> names;
    for (const config::pipeline& each : from.pipelines) {
        names.push_back(each.name);
        if (given.pipeline.empty() || given.pipeline == each.name)
            out.push_back(&each);
    }
    if (out.empty())
        throw usage_error(fmt::format("--pipeline: {} has no pipeline {}; {}", from.file,
                                      config::in_quotes(given.pipeline),
                                      config::suggest(given.pipeline, names)));
    if (!given.ids.empty() && out.size() > 1)
        throw usage_error(fmt::format("--pipeline: {} has several pipelines, each with ids of "
                                      "its own; name the one that is meant",
                                      from.file));
    return out;
}

postgres::letter_filter filter_of(const config::pipeline& one, const letter_options& given)
{
    postgres::letter_filter out{.pipeline = one.name,
                                .ids = given.ids,
                                .reasons = given.whys,
                                .states = given.states,
                                .since = std::nullopt};
    if (!given.since.empty())
        out.since = read_since(given.since, now());
    return out;
}

} // namespace sluice::daemon
