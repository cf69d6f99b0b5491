// A loop, a thread for blocking calls, and batches made by hand.
#pragma once

#include "core/asio_clock.hpp"
#include "sink/postgres/migrations.hpp"
#include "sink/postgres/session.hpp"
#include "support/database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <functional>
#include <string>

namespace sluice::test {

// Runs a coroutine to its end on a loop of its own; its exception comes out.
class real_bench
{
public:
    void run(const std::function<awaitable<void>()>& work)
    {
        std::exception_ptr failure;
        asio::co_spawn(io, work, [&](std::exception_ptr e) { failure = e; });
        io.restart();
        io.run();
        if (failure)
            std::rethrow_exception(failure);
    }

    asio::io_context io{1};
    asio::thread_pool blocking{1};
    asio_clock time{io.get_executor()};
};

inline const postgres::target_table& two_columns()
{
    static const postgres::target_table target{
        "public",
        "items",
        {{"name", "text", "", "varchar(10)"}, {"number", "int4", "", "integer"}},
    };
    return target;
}

// A key of today, made of a number.
inline transform::ledger_key key_of(std::uint32_t number, wall_time sent)
{
    transform::ledger_key key{};
    const auto ms = static_cast<std::uint64_t>(sent.time_since_epoch().count());
    for (std::size_t i = 0; i < 6; ++i)
        key[i] = static_cast<unsigned char>(ms >> (40 - 8 * i));
    for (std::size_t i = 0; i < 4; ++i)
        key[12 + i] = static_cast<unsigned char>(number >> (24 - 8 * i));
    return key;
}

inline std::string_view text_of(const transform::ledger_key& key)
{
    return {reinterpret_cast<const char*>(key.data()), key.size()};
}

// Rows (name, number) for the given numbers; the name is "n<number>", or `name` when given.
inline std::unique_ptr<transform::row_batch> rows_of(const std::vector<std::uint32_t>& numbers,
                                                     wall_time sent, const std::string& name = {})
{
    auto batch = std::make_unique<transform::row_batch>();
    batch->columns.emplace_back(transform::oid::text);
    batch->columns.emplace_back(transform::oid::int4);
    std::vector<transform::ledger_key> keys;
    for (const std::uint32_t number : numbers) {
        const transform::ledger_key key = key_of(number, sent);
        keys.push_back(key);
        batch->columns[0].append(name.empty() ? "n" + std::to_string(number) : name);
        batch->columns[1].begin_element().append_u32(number);
        batch->columns[1].end_element();
        batch->row_keys.append(text_of(key));
        batch->rows.push_back({key, {}});
    }
    std::sort(keys.begin(), keys.end());
    for (const transform::ledger_key& key : keys)
        batch->ledger_ids.append(text_of(key));
    return batch;
}

inline postgres::session_options options_for(const fresh_database& database,
                                             std::string barrier = "test/1/0")
{
    postgres::session_options options;
    options.url = database.url();
    options.identity = {"items", "0123456789abcdef", std::move(barrier)};
    return options;
}

// Schema and target, as `sluice migrate` makes them.
inline void prepare(real_bench& bench, const fresh_database& database)
{
    bench.run([&]() -> awaitable<void> {
        postgres::connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        co_await postgres::migrate(on, bench.time.wall_now());
        co_await postgres::create_target(on, two_columns());
    });
}

} // namespace sluice::test
