#include "sink/postgres/attempt_log.hpp"

#include <charconv>

namespace sluice::postgres {
namespace {

unsigned to_count(const std::string& text)
{
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

} // namespace

attempt_table::attempt_table(asio::any_io_executor io, asio::any_io_executor blocking,
                             std::string pipeline, secret url)
    : io_(std::move(io)),
      blocking_(std::move(blocking)),
      pipeline_(std::move(pipeline)),
      url_(std::move(url))
{}

awaitable<unsigned> attempt_table::begin(std::string_view message_id)
{
    const rows found = co_await query(
        "INSERT INTO sluice.attempts AS a (pipeline, message_id) VALUES ($1, $2) "
        "ON CONFLICT (pipeline, message_id) DO UPDATE SET begun = a.begun + 1, last_at = now() "
        "RETURNING begun - 1",
        message_id);
    co_return to_count(found.at(0).at(0).value_or("0"));
}

awaitable<void> attempt_table::end(std::string_view message_id)
{
    co_await query("DELETE FROM sluice.attempts WHERE pipeline = $1 AND message_id = $2",
                   message_id);
}

void attempt_table::abandon() noexcept
{
    if (connection_)
        connection_->abandon();
}

awaitable<rows> attempt_table::query(std::string sql, std::string_view message_id)
{
    if (!connection_ || connection_->lost())
        co_await connect();
    std::vector<std::optional<std::string>> parameters;
    parameters.emplace_back(pipeline_);
    parameters.emplace_back(std::string(message_id));
    co_return co_await connection_->query(std::move(sql), std::move(parameters));
}

// The death of this process is what an attempt must survive, not that of the server: no wait for
// the disk, or for a standby.
awaitable<void> attempt_table::connect()
{
    connection_ = std::make_unique<connection>(io_, blocking_);
    co_await connection_->open(url_);
    co_await connection_->query("SET synchronous_commit = off; SET statement_timeout = '10s'; "
                                "SET lock_timeout = '5s'");
}

} // namespace sluice::postgres
