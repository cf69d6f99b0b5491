#include "config/finding.hpp"
#include "core/control_characters.hpp"
#include "daemon/configuration.hpp"
#include "daemon/database.hpp"
#include "daemon/letters/letter_text.hpp"
#include "daemon/letters/letter_work.hpp"
#include "daemon/person.hpp"
#include "daemon/progress_line.hpp"
#include "sink/postgres/letter_replay.hpp"
#include "sink/postgres/session.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ostream>

namespace sluice::daemon {
namespace {

namespace json = boost::json;

// So many go in one statement: few enough that one which does not fit is found soon.
constexpr std::size_t replayed_at_once = 100;

postgres::letter_actor actor(const config::settings& with)
{
    return {os_user(), host_name(), with.hash};
}

struct replayed
{
    std::size_t letters = 0;
    postgres::replay_result result;
    std::string failure; // a database gave up: the rest was not tried
};

void add(replayed& to, std::size_t letters, postgres::replay_result more)
{
    to.letters += letters;
    to.result.rows += more.rows;
    to.result.settled += more.settled;
    std::ranges::move(more.refused, std::back_inserter(to.result.refused));
}

// One after another, in the order of their ids.
awaitable<void> replay_all(postgres::connection& on, postgres::letter_replay& work,
                           postgres::letter_filter which, replayed& into, progress_line& progress)
{
    which.states = {std::string(postgres::letter_new)};
    const std::size_t all = co_await postgres::count_letters(on, which);
    std::size_t done = 0;
    postgres::letter_page page;
    page.limit = replayed_at_once;
    for (;;) {
        std::vector<postgres::letter> some = co_await postgres::read_letters(on, which, page);
        if (some.empty())
            co_return;
        const std::size_t count = some.size();
        page.behind = some.back().id;
        postgres::replay_result result = co_await work.replay(on, std::move(some));
        add(into, count, std::move(result));
        done += count;
        progress.show(done, all);
    }
}

void replay_pipeline(const config::loaded& file, const config::pipeline& one,
                     const mask::keyring* keys, const letter_options& given, replayed& into,
                     progress_line& progress)
{
    const auto columns = transform::mapping::compile(one).made;
    if (columns->needs_keyring() && keys == nullptr)
        throw usage_error(file.value.file +
                          ": keys.keyring: is not set; name the keyring that masks the columns");
    postgres::letter_replay work(
        columns, keys,
        {.target = postgres::make_target(one.sink.schema, one.sink.table, *columns),
         .by = actor(file.value),
         .dry_run = !given.yes});
    const std::function<awaitable<void>(postgres::connection&)> run =
        [&](postgres::connection& on) -> awaitable<void> {
        co_await postgres::prepare_session(on, one.sink.statement_timeout, one.sink.lock_timeout);
        co_await replay_all(on, work, filter_of(one, given), into, progress);
    };
    try {
        on_database(one.sink, run);
    } catch (const postgres::database_error& error) {
        into.failure = told(file, one, error);
    }
}

void print_replayed(const replayed& what, const letter_options& given, console& terminal)
{
    if (given.json) {
        json::array refused;
        for (const postgres::refused_letter& each : what.result.refused)
            refused.push_back(to_json(each));
        json::object out{{"dry_run", !given.yes},
                         {"letters", what.letters},
                         {"rows", what.result.rows},
                         {"settled_by_others", what.result.settled},
                         {"refused", std::move(refused)}};
        if (!what.failure.empty())
            out["failure"] = what.failure;
        terminal.out << printable_json(json::serialize(out)) << '\n';
        return;
    }
    for (const postgres::refused_letter& each : what.result.refused)
        terminal.out << config::printable(fmt::format("letter {}: {} {}: {}", each.id, each.reason,
                                                      each.column, each.detail))
                     << '\n';
    terminal.out << fmt::format("{} letters: {} {}, {} still do not fit, {} settled by others\n",
                                what.letters, what.result.rows,
                                given.yes ? "became rows" : "would become rows",
                                what.result.refused.size(), what.result.settled);
    if (!given.yes)
        terminal.out << "Nothing was changed; --yes does it.\n";
}

} // namespace

exit_code replay_letters(const config::loaded& file, const letter_options& given, console& terminal)
{
    std::optional<mask::keyring> keys;
    if (!file.value.keyring.empty())
        keys = mask::keyring::load(file.value.keyring);
    replayed all;
    {
        progress_line progress(terminal, "letters");
        for (const config::pipeline* const one : chosen_pipelines(file.value, given))
            if (all.failure.empty())
                replay_pipeline(file, *one, keys ? &*keys : nullptr, given, all, progress);
    }
    print_replayed(all, given, terminal);
    if (!all.failure.empty())
        throw letters_stopped(all.failure +
                              (given.yes ? "; replay again: no letter becomes a second row" : ""));
    return given.yes && !all.result.refused.empty() ? exit_code::failed : exit_code::done;
}

exit_code discard_letters(const config::loaded& file, const letter_options& given,
                          console& terminal)
{
    std::size_t letters = 0;
    for (const config::pipeline* const one : chosen_pipelines(file.value, given)) {
        const std::function<awaitable<void>(postgres::connection&)> run =
            [&](postgres::connection& on) -> awaitable<void> {
            co_await postgres::prepare_session(on, one->sink.statement_timeout,
                                               one->sink.lock_timeout);
            postgres::letter_filter which = filter_of(*one, given);
            which.states = {std::string(postgres::letter_new)};
            if (given.yes)
                letters +=
                    co_await postgres::discard_letters(on, which, actor(file.value), given.reason);
            else
                letters += co_await postgres::count_letters(on, which);
        };
        try {
            on_database(one->sink, run);
        } catch (const postgres::database_error& error) {
            throw letters_stopped(told(file, *one, error));
        }
    }
    if (given.json)
        terminal.out << json::serialize(json::object{{"dry_run", !given.yes}, {"letters", letters}})
                     << '\n';
    else
        terminal.out << (given.yes ? fmt::format("{} letters discarded\n", letters)
                                   : fmt::format("{} letters would be discarded. Nothing was "
                                                 "changed; --yes does it.\n",
                                                 letters));
    return exit_code::done;
}

} // namespace sluice::daemon
