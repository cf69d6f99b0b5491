#include "config/cross_checks.hpp"

#include "config/suggestion.hpp"
#include "config/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sluice::config {
namespace {

constexpr std::size_t connections_that_pay = 4;

// The rules of one pipeline.
class pipeline_checks
{
public:
    pipeline_checks(document& file, const settings& all, const pipeline& one)
        : file_(file), all_(all), one_(one), prefix_("pipelines." + one.name + ".")
    {}

    void run();

private:
    void check_fetchers();
    void check_statement_timeout();
    void check_connections();
    void check_column(const column& each);
    void check_test(std::size_t index);
    void check_queue_is_its_own();

    // Whether none is given; one that is given wrongly is told where it stands.
    [[nodiscard]] bool has_no_keyring() const
    {
        return all_.keyring.empty() && file_.keys().known("keys") &&
               file_.keys().known("keys.keyring");
    }
    [[nodiscard]] bool known(std::string_view key) const { return file_.keys().known(full(key)); }
    [[nodiscard]] std::string full(std::string_view key) const
    {
        return prefix_ + std::string(key);
    }
    void error(const std::string& key, problem what)
    {
        file_.report(severity::error, full(key), std::move(what));
    }
    void warn(const std::string& key, problem what)
    {
        file_.report(severity::warning, full(key), std::move(what));
    }

    document& file_;
    const settings& all_;
    const pipeline& one_;
    std::string prefix_;
};

void pipeline_checks::run()
{
    check_fetchers();
    check_statement_timeout();
    check_connections();
    check_queue_is_its_own();
    for (const column& each : one_.record.columns)
        check_column(each);
    for (std::size_t i = 0; i < one_.tests.size(); ++i)
        check_test(i);
}

void pipeline_checks::check_fetchers()
{
    const fetcher_range& range = one_.source.fetchers;
    if (range.min <= range.max || !known("source.sqs.fetchers.min") ||
        !known("source.sqs.fetchers.max"))
        return;
    error("source.sqs.fetchers.max",
          {fmt::format("{} is less than min, which is {}", range.max, range.min),
           "raise max or lower min"});
}

void pipeline_checks::check_statement_timeout()
{
    const auto visibility = one_.source.visibility;
    const seconds statement = one_.sink.statement_timeout;
    if (!visibility || statement <= *visibility || !known("source.sqs.visibility") ||
        !known("sink.postgres.timeouts.statement"))
        return;
    error("sink.postgres.timeouts.statement",
          {fmt::format("{} is longer than the visibility timeout, {}", duration_text(statement),
                       duration_text(*visibility)),
           "lower it, or raise source.sqs.visibility"});
}

void pipeline_checks::check_connections()
{
    if (one_.sink.connections > connections_that_pay) {
        warn("sink.postgres.connections",
             {fmt::format("more than {} connections do not pay", connections_that_pay),
              "measure before you keep it"});
    }
}

void pipeline_checks::check_queue_is_its_own()
{
    if (one_.source.queue_url.empty() || !known("source.sqs.queue_url"))
        return;
    for (const pipeline& other : all_.pipelines) {
        if (&other == &one_)
            return; // it is told at the later of the two
        if (other.source.queue_url == one_.source.queue_url) {
            warn("source.sqs.queue_url",
                 {fmt::format("is the queue of pipeline {} too: a message reaches one of them",
                              other.name),
                  "give each pipeline a queue of its own"});
        }
    }
}

void pipeline_checks::check_column(const column& each)
{
    const std::string key = "record.columns." + each.name;
    const bool has_key = each.mask == mask_kind::seal || each.mask == mask_kind::token;
    if (each.required && each.fallback) {
        error(key + ".default",
              {"is never used: the column is required", "remove default or required"});
    }
    if (each.mask != mask_kind::none && has_no_keyring()) {
        error(key + ".mask",
              {has_key ? "needs a key, and keys.keyring is not given"
                       : "hides the value in the table alone: without keys.keyring a dead letter "
                         "cannot hide its body",
               "run sluice keys generate, and name the file in keys.keyring"});
    }
    if (!has_key && !each.domain.empty() && known(key + ".mask")) {
        error(key + ".domain", {"has no meaning without mask: seal or mask: token",
                                "add the mask, or remove domain"});
    }
}

void pipeline_checks::check_test(std::size_t index)
{
    std::vector<std::string> columns;
    columns.reserve(one_.record.columns.size());
    for (const column& each : one_.record.columns)
        columns.push_back(each.name);
    for (const auto& [name, expected] : one_.tests[index].row) {
        const bool is_column = std::find(columns.begin(), columns.end(), name) != columns.end();
        if (!is_column && known("record.columns." + name)) {
            error(fmt::format("tests[{}].row.{}", index, name),
                  {"is no column of this pipeline", suggest(name, columns)});
        }
    }
}

} // namespace

void check_together(document& file, const settings& all)
{
    for (const pipeline& one : all.pipelines)
        pipeline_checks(file, all, one).run();
}

} // namespace sluice::config
