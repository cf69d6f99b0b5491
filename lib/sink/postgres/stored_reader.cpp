#include "sink/postgres/stored_reader.hpp"

#include "sink/postgres/patience.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace sluice::postgres {
namespace {

// For all of it: the server's own limits are shorter.
constexpr std::chrono::seconds visit_time_max{10};
constexpr const char* visit_settings = "SET default_transaction_read_only = on; "
                                       "SET statement_timeout = '5s'; SET lock_timeout = '1s'";

// Enough for the rows that are asked for, though each may fill a quarter of a block and many at the
// end may be dead or not yet used.
constexpr std::size_t blocks_read_max = 1024;

constexpr std::string_view feature_not_supported = "0A000";

} // namespace

// The connection of one call.
class stored_table::visit
{
public:
    explicit visit(const stored_table& of)
        : on_(std::make_shared<connection>(of.io_, of.blocking_)),
          in_time_(of.io_, on_, visit_time_max)
    {}

    awaitable<void> begin(const login_url& url)
    {
        co_await on_->open(url);
        co_await on_->query(visit_settings);
    }

    [[nodiscard]] connection& on() noexcept { return *on_; }

private:
    std::shared_ptr<connection> on_;
    patience in_time_;
};

stored_table::stored_table(asio::any_io_executor io, asio::any_io_executor blocking,
                           std::string pipeline, login_url url, target_table target)
    : io_(std::move(io)),
      blocking_(std::move(blocking)),
      pipeline_(std::move(pipeline)),
      url_(std::move(url)),
      target_(std::move(target))
{}

awaitable<stored_rows> stored_table::latest(std::size_t limit)
{
    visit here(*this);
    co_await here.begin(url_);
    const rows end = co_await here.on().query(
        fmt::format("SELECT relkind IN ('r', 'm'), greatest(0, pg_relation_size(oid) / "
                    "current_setting('block_size')::bigint - {}) FROM pg_class "
                    "WHERE oid = {}::regclass",
                    blocks_read_max, quote_literal(target_.quoted_name())));
    if (end.at(0).at(0) != "t")
        throw database_error({.sqlstate = std::string(feature_not_supported),
                              .text = fmt::format("{} is no ordinary table: it has no end where "
                                                  "the latest rows are",
                                                  target_.quoted_name())});
    stored_rows out{.table = target_.quoted_name(), .columns = {}, .values = {}};
    for (const target_column& each : target_.columns)
        out.columns.push_back(each.name);
    out.values = co_await here.on().query(latest_sql(end.at(0).at(1).value_or("0"), limit));
    co_return out;
}

// Where rows stand is read first, and only of those that are shown the values: these may be long.
std::string stored_table::latest_sql(std::string_view first_block, std::size_t limit) const
{
    std::string values;
    for (const target_column& each : target_.columns)
        values += fmt::format("{0}CASE WHEN length({1}::text) > {2} THEN left({1}::text, {2}) || "
                              "'…' ELSE {1}::text END",
                              values.empty() ? "" : ", ", quote_identifier(each.name),
                              value_characters_max);
    const std::string table = target_.quoted_name();
    return fmt::format("SELECT {0} FROM {1} WHERE ctid = ANY (ARRAY (SELECT ctid FROM {1} WHERE "
                       "ctid >= '({2},0)' ORDER BY ctid DESC LIMIT {3})) ORDER BY ctid DESC",
                       values, table, first_block, std::min(limit, limit_max));
}

awaitable<std::vector<letter>> stored_table::letters(std::size_t limit)
{
    visit here(*this);
    co_await here.begin(url_);
    letter_filter which;
    which.pipeline = pipeline_;
    const letter_page page{.newest_first = true,
                           .behind = std::nullopt,
                           .limit = std::min(limit, limit_max),
                           .with_bodies = false};
    co_return co_await read_letters(here.on(), std::move(which), page);
}

} // namespace sluice::postgres
