#include "config/finding.hpp"
#include "core/control_characters.hpp"
#include "daemon/configuration.hpp"
#include "daemon/database.hpp"
#include "daemon/letters/letter_text.hpp"
#include "daemon/letters/letter_view.hpp"
#include "daemon/letters/letter_work.hpp"
#include "daemon/progress_line.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace sluice::daemon {
namespace {

namespace json = boost::json;
using work_on_database = std::function<awaitable<void>(postgres::connection&)>;

void on_letters_of(const config::loaded& file, const config::pipeline& one,
                   const work_on_database& work)
{
    try {
        on_database(one.sink, work);
    } catch (const postgres::database_error& error) {
        throw letters_stopped(told(file, one, error));
    }
}

// Bodies are opened only for a reason, so only then the keys are needed.
std::optional<mask::keyring> load_keys(const config::settings& from, const letter_options& given)
{
    if (given.reason.empty() || from.keyring.empty())
        return std::nullopt;
    return mask::keyring::load(from.keyring);
}

struct listed
{
    std::vector<postgres::letter> letters;
    std::size_t total = 0;
};

listed read_list(const config::loaded& file, const letter_options& given)
{
    listed out;
    for (const config::pipeline* const one : chosen_pipelines(file.value, given)) {
        const work_on_database work = [&](postgres::connection& on) -> awaitable<void> {
            const postgres::letter_filter which = filter_of(*one, given);
            out.total += co_await postgres::count_letters(on, which);
            const postgres::letter_page page{.newest_first = true,
                                             .behind = std::nullopt,
                                             .limit = given.limit,
                                             .with_bodies = false};
            std::vector<postgres::letter> letters =
                co_await postgres::read_letters(on, which, page);
            for (postgres::letter& each : letters)
                out.letters.push_back(std::move(each));
        };
        on_letters_of(file, *one, work);
    }
    std::ranges::stable_sort(out.letters, std::ranges::greater(), &postgres::letter::stored_at);
    out.letters.resize(std::min(out.letters.size(), given.limit));
    return out;
}

} // namespace

exit_code list_letters(const config::loaded& file, const letter_options& given, console& terminal)
{
    const listed found = read_list(file, given);
    if (given.json) {
        json::array letters;
        for (const postgres::letter& each : found.letters)
            letters.push_back(to_json(each));
        const json::object all{{"letters", std::move(letters)}, {"total", found.total}};
        terminal.out << printable_json(json::serialize(all)) << '\n';
        return exit_code::done;
    }
    if (!found.letters.empty())
        terminal.out << table_of(found.letters);
    terminal.err << fmt::format("{} of {} letters, newest first{}\n", found.letters.size(),
                                found.total,
                                found.letters.size() < found.total ? "; --limit shows more" : "");
    return exit_code::done;
}

exit_code show_letter(const config::loaded& file, const letter_options& given, console& terminal)
{
    const config::pipeline& one = choose_pipeline(file.value, given.pipeline);
    const std::optional<mask::keyring> keys = load_keys(file.value, given);
    letter_view view(keys ? &*keys : nullptr, given.reason, "letters show");
    std::vector<postgres::letter> found;
    std::vector<shown_letter> shown;
    const work_on_database work = [&](postgres::connection& on) -> awaitable<void> {
        const postgres::letter_filter which = filter_of(one, given);
        found = co_await postgres::read_letters(on, which, {});
        shown = co_await view.view(on, found);
    };
    on_letters_of(file, one, work);
    if (found.empty())
        throw usage_error(fmt::format("pipeline {} has no letter {}; `sluice letters list` shows "
                                      "which there are",
                                      one.name, given.ids.front()));
    if (given.json)
        terminal.out << printable_json(json::serialize(to_json(found[0], shown[0]))) << '\n';
    else
        terminal.out << page_of(found[0], shown[0]);
    return view.failures() == 0 ? exit_code::done : exit_code::failed;
}

exit_code export_letters(const config::loaded& file, const letter_options& given, console& terminal)
{
    const std::optional<mask::keyring> keys = load_keys(file.value, given);
    letter_view view(keys ? &*keys : nullptr, given.reason, "letters export");
    progress_line progress(terminal, "letters");
    for (const config::pipeline* const one : chosen_pipelines(file.value, given)) {
        const work_on_database work = [&](postgres::connection& on) -> awaitable<void> {
            const postgres::letter_filter which = filter_of(*one, given);
            const std::size_t all = co_await postgres::count_letters(on, which);
            std::size_t done = 0;
            postgres::letter_page page;
            for (;;) {
                const auto letters = co_await postgres::read_letters(on, which, page);
                if (letters.empty())
                    break;
                const auto shown = co_await view.view(on, letters);
                for (std::size_t i = 0; i < letters.size(); ++i)
                    terminal.out << printable_json(json::serialize(to_json(letters[i], shown[i])))
                                 << '\n';
                page.behind = letters.back().id;
                done += letters.size();
                progress.show(done, all);
            }
        };
        on_letters_of(file, *one, work);
    }
    progress.clear();
    if (view.failures() != 0)
        terminal.err << fmt::format("{} letters could not be opened; each says why\n",
                                    view.failures());
    return view.failures() == 0 ? exit_code::done : exit_code::failed;
}

} // namespace sluice::daemon
