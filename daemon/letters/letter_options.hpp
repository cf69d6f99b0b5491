// What all parts of `sluice letters` share: which letters are meant, and in which databases.
#pragma once

#include "config/load.hpp"
#include "core/time.hpp"
#include "daemon/command.hpp"
#include "sink/postgres/letter_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::daemon {

struct letter_options
{
    std::string path; // of the configuration
    std::string pipeline;
    std::vector<std::int64_t> ids;
    std::vector<std::string> whys;
    std::vector<std::string> states;
    std::string since;
    std::size_t limit = 50;
    std::string reason; // why bodies are shown, or letters discarded
    bool yes = false;
    bool json = false;
};

// -c, --pipeline and --json.
void add_common_options(CLI::App& app, letter_options& into);
// ID..., --why, --since; and --state, where letters of every state are of interest.
void add_filter_options(CLI::App& app, letter_options& into, bool with_state);
void add_reason_option(CLI::App& app, letter_options& into, const char* help, bool required);

// "2h" ago, a date, or a time, in UTC unless it names its zone. Nothing if it is none of them.
[[nodiscard]] std::optional<wall_time> read_since(std::string_view text, wall_time now);

// The pipelines that are asked for, all by default. Throws usage_error: there is none of this
// name, or there are several where one letter is meant by its id.
[[nodiscard]] std::vector<const config::pipeline*> chosen_pipelines(const config::settings& from,
                                                                    const letter_options& given);

[[nodiscard]] postgres::letter_filter filter_of(const config::pipeline& one,
                                                const letter_options& given);

} // namespace sluice::daemon
