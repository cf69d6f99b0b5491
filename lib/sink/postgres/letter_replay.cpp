#include "sink/postgres/letter_replay.hpp"

#include "sink/postgres/column_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <iterator>

namespace sluice::postgres {
namespace {

// Beyond this the other transaction is not passing by.
constexpr int conflicts_max = 5;

std::size_t to_count(const rows& found)
{
    const std::string text = found.at(0).at(0).value_or("0");
    std::size_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

refused_letter refused_by(const server_error& error, const letter& which)
{
    const std::string detail =
        error.constraint.empty()
            ? fmt::format("SQLSTATE {}", error.sqlstate)
            : fmt::format("SQLSTATE {}, constraint {}", error.sqlstate, error.constraint);
    return {which.id, which.message_id, std::string(to_string(transform::reason::database_refused)),
            error.column, detail};
}

} // namespace

std::string replay_sql(const target_table& target)
{
    constexpr std::size_t first_column = 6;
    return fmt::format(
        // In the order of the ids, so that two replays at once do not deadlock.
        "WITH picked AS (SELECT id FROM sluice.dead_letters WHERE id = ANY ($1::bigint[]) "
        "AND pipeline = $2::text AND state = 'new' ORDER BY id FOR UPDATE), "
        "done AS (UPDATE sluice.dead_letters letter SET state = 'replayed' FROM picked "
        "WHERE letter.id = picked.id RETURNING letter.id), "
        "audited AS (INSERT INTO sluice.letter_audit (os_user, host, letter_id, action, "
        "config_hash) SELECT $3::text, $4::text, id, 'replayed', $5::text FROM done), "
        "stored AS (INSERT INTO {} ({}) SELECT {} FROM (SELECT unnest($1::bigint[]) AS \" key\", "
        "{} OFFSET 0) entry JOIN done ON done.id = entry.\" key\") "
        "SELECT count(*) FROM done",
        target.quoted_name(), column_names(target), column_names(target, "entry."),
        unnest_columns(target, first_column, true));
}

letter_replay::letter_replay(std::shared_ptr<const transform::mapping> columns,
                             const mask::keyring* keys, options how)
    : transform_(std::move(columns), keys),
      options_(std::move(how)),
      sql_(replay_sql(options_.target))
{}

awaitable<replay_result> letter_replay::replay(connection& on, std::vector<letter> some)
{
    replay_result result;
    letter_work all = transform_.begin();
    for (const letter& each : some)
        if (auto refused = transform_.add(each, all))
            result.refused.push_back(std::move(*refused));
    std::ranges::move(transform_.refusals(all), std::back_inserter(result.refused));
    if (all.rows.empty())
        co_return result;
    const auto refused = co_await store(on, all, result);
    if (refused)
        co_await store_one_by_one(on, std::move(all.rows), result);
    co_return result;
}

// What the database refused, or nothing: all rows of the work are stored.
awaitable<std::optional<server_error>> letter_replay::store(connection& on, letter_work& of,
                                                            replay_result& result)
{
    for (int conflicts = 0;; ++conflicts) {
        std::optional<server_error> failed = co_await try_store(on, of, result);
        if (!failed)
            co_return std::nullopt;
        switch (judge(*failed, statement::rows)) {
        case verdict::row_is_bad:
            co_return failed;
        case verdict::try_again:
            if (conflicts < conflicts_max)
                continue;
            break;
        case verdict::duplicate:
        case verdict::database_is_sick:
        case verdict::deployment_is_wrong:
            break;
        }
        throw database_error(std::move(*failed));
    }
}

awaitable<std::optional<server_error>> letter_replay::try_store(connection& on, letter_work& of,
                                                                replay_result& result)
{
    transform::column_array ids(transform::oid::int8);
    for (const letter* const each : of.rows) {
        ids.begin_element().append_u64(static_cast<std::uint64_t>(each->id));
        ids.end_element();
    }
    std::vector<std::string_view> parameters{ids.finish(), of.rows.front()->pipeline,
                                             options_.by.os_user, options_.by.host,
                                             options_.by.config_hash};
    for (transform::column_array& column : of.batch.columns)
        parameters.push_back(column.finish());

    std::optional<server_error> failed;
    std::size_t done = 0;
    try {
        if (options_.dry_run)
            co_await on.query("BEGIN");
        done = to_count(co_await on.query_binary(sql_, std::move(parameters)));
        if (options_.dry_run)
            co_await on.query("SET CONSTRAINTS ALL IMMEDIATE");
    } catch (const database_error& error) {
        if (error.error().fatal)
            throw;
        failed = error.error();
    }
    if (options_.dry_run)
        co_await on.query("ROLLBACK");
    if (!failed) {
        result.rows += done;
        result.settled += of.rows.size() - done;
    }
    co_return failed;
}

// Its errors do not tell which row of an array they mean.
awaitable<void> letter_replay::store_one_by_one(connection& on, std::vector<const letter*> some,
                                                replay_result& result)
{
    for (const letter* const each : some) {
        letter_work alone = transform_.begin();
        static_cast<void>(transform_.add(*each, alone));
        assert(!alone.rows.empty()); // as before, when all were transformed together
        const auto refused = co_await store(on, alone, result);
        if (refused)
            result.refused.push_back(refused_by(*refused, *each));
    }
}

} // namespace sluice::postgres
