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

// Of a table in parts: how many are looked at, those made last, and in how many the latest rows are
// looked for. A look is at fewer blocks, since it is at many parts.
constexpr std::size_t parts_seen_max = 512;
constexpr std::size_t parts_read_max = 8;
constexpr std::size_t blocks_seen = 16;

// How long ago a row was written, in transactions: the only order over parts that there is. Below
// zero it was so long ago that the counter went round (PostgreSQL 25.1.5).
constexpr const char* row_age = "CASE WHEN age(xmin) < 0 THEN 2147483647 ELSE age(xmin) END";

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
    std::vector<table_end> ends = co_await find_ends(here.on());
    if (ends.size() > parts_read_max)
        ends = co_await latest_of(here.on(), std::move(ends));
    stored_rows out{.table = target_.quoted_name(), .columns = {}, .values = {}};
    for (const target_column& each : target_.columns)
        out.columns.push_back(each.name);
    if (!ends.empty())
        out.values = co_await here.on().query(latest_sql(ends, limit));
    co_return out;
}

// The table, or each of its parts that has rows. Parts that stand elsewhere (foreign tables) have
// no end to read.
awaitable<std::vector<stored_table::table_end>> stored_table::find_ends(connection& on) const
{
    const std::string table = quote_literal(target_.quoted_name());
    const rows found = co_await on.query(fmt::format(
        "SELECT format('%I.%I', s.nspname, c.relname), greatest(0, b.blocks - {1}), "
        "greatest(0, b.blocks - {2}) "
        "FROM pg_class t CROSS JOIN LATERAL (SELECT t.oid AS part WHERE t.relkind IN ('r', 'm') "
        "UNION ALL SELECT relid FROM pg_partition_tree(t.oid) WHERE t.relkind = 'p' AND isleaf) p "
        "JOIN pg_class c ON c.oid = p.part AND c.relkind IN ('r', 'm') "
        "JOIN pg_namespace s ON s.oid = c.relnamespace "
        "CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) / "
        "current_setting('block_size')::bigint AS blocks) b "
        "WHERE t.oid = {0}::regclass AND b.blocks > 0 ORDER BY c.oid DESC LIMIT {3}",
        table, blocks_read_max, blocks_seen, parts_seen_max));
    std::vector<table_end> out;
    for (const row& each : found)
        out.push_back({.table = each.at(0).value_or(""),
                       .block = each.at(1).value_or("0"),
                       .late_block = each.at(2).value_or("0")});
    if (!out.empty())
        co_return out;
    const rows kind = co_await on.query(fmt::format(
        "SELECT relkind IN ('r', 'm', 'p') FROM pg_class WHERE oid = {}::regclass", table));
    if (kind.at(0).at(0) != "t")
        throw database_error({.sqlstate = std::string(feature_not_supported),
                              .text = fmt::format("{} is no table: it has no end where the latest "
                                                  "rows are",
                                                  target_.quoted_name())});
    co_return out;
}

// Those parts that were written to last.
awaitable<std::vector<stored_table::table_end>>
stored_table::latest_of(connection& on, std::vector<table_end> ends) const
{
    std::string looks;
    for (std::size_t i = 0; i < ends.size(); ++i)
        looks +=
            fmt::format("{}SELECT {} AS part, min({}) AS age FROM {} WHERE ctid >= '({},0)'",
                        i == 0 ? "" : " UNION ALL ", i, row_age, ends[i].table, ends[i].late_block);
    const rows found = co_await on.query(fmt::format(
        "SELECT part FROM ({}) l ORDER BY age NULLS LAST LIMIT {}", looks, parts_read_max));
    std::vector<table_end> out;
    for (const row& each : found)
        out.push_back(std::move(ends.at(std::stoul(each.at(0).value()))));
    co_return out;
}

// Where rows stand is read first, and only of those that are shown the values: these may be long.
std::string stored_table::latest_sql(const std::vector<table_end>& ends, std::size_t limit) const
{
    limit = std::min(limit, limit_max);
    std::string values; // "v0, v1", and each of them from its column
    std::string read;
    for (std::size_t i = 0; i < target_.columns.size(); ++i) {
        values += fmt::format("{}v{}", i == 0 ? "" : ", ", i);
        read += fmt::format(", CASE WHEN length(r.{0}::text) > {1} THEN left(r.{0}::text, {1}) || "
                            "'…' ELSE r.{0}::text END AS v{2}",
                            quote_identifier(target_.columns[i].name), value_characters_max, i);
    }
    std::string places;
    std::string shown;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const char* const more = i == 0 ? "" : " UNION ALL ";
        places += fmt::format("{}(SELECT {} AS part, {} AS age, ctid AS place FROM {} "
                              "WHERE ctid >= '({},0)' ORDER BY ctid DESC LIMIT {})",
                              more, i, row_age, ends[i].table, ends[i].block, limit);
        shown += fmt::format("{}SELECT n.age, n.place{} FROM newest n JOIN {} r "
                             "ON r.ctid = n.place WHERE n.part = {}",
                             more, read, ends[i].table, i);
    }
    return fmt::format("WITH newest AS MATERIALIZED (SELECT * FROM ({}) p "
                       "ORDER BY age, place DESC LIMIT {}) "
                       "SELECT {} FROM ({}) r ORDER BY age, place DESC",
                       places, limit, values, shown);
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
