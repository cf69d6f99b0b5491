#include "sink/postgres/attempt_log.hpp"

#include "sink/postgres/patience.hpp"

#include <charconv>

namespace sluice::postgres {
namespace {

// Longer than the statement's own timeout. While it waits, every other message does.
constexpr std::chrono::seconds answer_within{20};

unsigned to_count(const std::string& text)
{
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

} // namespace

attempt_table::attempt_table(asio::any_io_executor io, asio::any_io_executor blocking,
                             std::string pipeline, login_url url)
    : io_(std::move(io)),
      blocking_(std::move(blocking)),
      pipeline_(std::move(pipeline)),
      url_(std::move(url))
{}

awaitable<unsigned> attempt_table::deaths(std::string_view message_id)
{
    const rows found = co_await query("SELECT begun FROM sluice.attempts "
                                      "WHERE pipeline = $1 AND message_id = $2",
                                      key_of(message_id));
    co_return found.empty() ? 0 : to_count(found[0].at(0).value_or("0"));
}

// The number itself, not one more: this may be the second try.
awaitable<void> attempt_table::begin(std::string_view message_id, unsigned deaths)
{
    row parameters = key_of(message_id);
    parameters.emplace_back(std::to_string(deaths + 1));
    co_await query("INSERT INTO sluice.attempts AS a (pipeline, message_id, begun) "
                   "VALUES ($1, $2, $3::int) ON CONFLICT (pipeline, message_id) "
                   "DO UPDATE SET begun = greatest(a.begun, excluded.begun), last_at = now()",
                   std::move(parameters));
}

awaitable<void> attempt_table::end(std::string_view message_id)
{
    co_await query("DELETE FROM sluice.attempts WHERE pipeline = $1 AND message_id = $2",
                   key_of(message_id));
}

row attempt_table::key_of(std::string_view message_id) const
{
    return {pipeline_, std::string(message_id)};
}

void attempt_table::abandon() noexcept
{
    abandoned_ = true;
    if (connection_)
        connection_->abandon();
}

awaitable<rows> attempt_table::query(std::string sql, row parameters)
{
    try {
        co_return co_await query_in_time(std::move(sql), std::move(parameters));
    } catch (const database_error&) {
        if (connection_)
            connection_->abandon();
        throw;
    }
}

awaitable<rows> attempt_table::query_in_time(std::string sql, row parameters)
{
    const bool is_new = !connection_ || connection_->lost();
    if (is_new)
        connection_ = std::make_shared<connection>(io_, blocking_);
    if (abandoned_)
        connection_->abandon();
    const patience in_time(io_, connection_, answer_within);
    if (is_new)
        co_await connect();
    co_return co_await connection_->query(std::move(sql), std::move(parameters));
}

// The death of this process is what an attempt must survive, not that of the server: no wait for
// the disk, or for a standby.
awaitable<void> attempt_table::connect()
{
    co_await connection_->open(url_);
    co_await connection_->query("SET synchronous_commit = off; SET statement_timeout = '10s'; "
                                "SET lock_timeout = '5s'");
}

} // namespace sluice::postgres
