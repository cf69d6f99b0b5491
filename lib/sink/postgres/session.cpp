#include "sink/postgres/session.hpp"

#include "core/log.hpp"
#include "transform/uuid.hpp"

#include <fmt/format.h>

#include <cassert>
#include <charconv>
#include <cstring>

namespace sluice::postgres {
namespace {

std::size_t to_count(const char* text)
{
    std::size_t value = 0;
    std::from_chars(text, text + std::strlen(text), value);
    return value;
}

std::optional<transform::ledger_key> read_floor(const PGresult* result)
{
    transform::ledger_key floor;
    if (PQntuples(result) != 1 || !transform::read_uuid(PQgetvalue(result, 0, 0), floor))
        return std::nullopt;
    return floor;
}

constexpr std::string_view wait_was_cancelled =
    "the wait of a commit for its standby was cancelled";

commit_outcome lost_outcome(std::string text)
{
    commit_outcome outcome;
    outcome.error.text = std::move(text);
    return outcome;
}

} // namespace

awaitable<durability> prepare_session(connection& on, std::chrono::seconds statement_timeout,
                                      std::chrono::seconds lock_timeout)
{
    using std::chrono::milliseconds;
    // ON CONFLICT under REPEATABLE READ raises 40001. Nested loops: see careful_sql.
    // client_min_messages: the warning of take_notice must come, whatever the role was given.
    // client_connection_check_interval, tcp_keepalives: the server soon drops the locks of a daemon
    // that died, within a statement and between two.
    co_await on.query(fmt::format(
        "SET default_transaction_isolation = 'read committed'; SET statement_timeout = {}; "
        "SET lock_timeout = {}; SET enable_nestloop = off; "
        "SET client_min_messages = warning; "
        "SET client_connection_check_interval = 10000; SET tcp_keepalives_idle = 10; "
        "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
        "SET idle_in_transaction_session_timeout = 60000",
        milliseconds(statement_timeout).count(), milliseconds(lock_timeout).count()));
    co_return co_await secure_durability(on);
}

session::session(asio::any_io_executor io, asio::any_io_executor blocking, session_options options,
                 std::shared_ptr<const statements> sql)
    : io_(std::move(io)),
      blocking_(std::move(blocking)),
      options_(std::move(options)),
      sql_(std::move(sql))
{}

awaitable<void> session::open()
{
    under_way_.clear();
    nothing_under_way_ = true;
    connection_ = std::make_unique<connection>(io_, blocking_);
    co_await connection_->open(options_.url);
    certificates_end_ = connection_->certificates_end();
    const postgres::durability found =
        co_await prepare_session(*connection_, options_.statement_timeout, options_.lock_timeout);
    report(found);
    connection_->enter_pipeline();
    co_await prepare_all();
    co_await probe();
}

// Once, and again when another server answers.
void session::report(const postgres::durability& found)
{
    if (durability_ == found)
        return;
    durability_ = found;
    log::info("postgres", "{}: durability {}", options_.identity.pipeline, found.text());
    for (const std::string& line : found.warnings())
        log::warning("postgres", "{}: {}", options_.identity.pipeline, line);
}

awaitable<void> session::prepare_all()
{
    for (const prepared_statement& prepared : sql_->all())
        connection_->send_prepare(prepared.name, prepared.sql);
    co_await finish_set_up();
}

// Shows that the database takes writes (no standby, no full disk, no missing right) before a
// single message is received for it.
awaitable<void> session::probe()
{
    const std::array<std::string_view, 1> name{options_.identity.barrier_name};
    connection_->send_prepared(sql_->get(statement::barrier).name, name);
    co_await finish_set_up();
}

awaitable<void> session::finish_set_up()
{
    connection_->send_sync();
    co_await connection_->flush();
    const bool nothing_under_way = false;
    std::optional<server_error> failed;
    for (;;) {
        const result_handle result = co_await connection_->next_result(nothing_under_way);
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_PIPELINE_SYNC)
            break;
        if (status == PGRES_FATAL_ERROR && !failed)
            failed = read_error(result.get());
    }
    if (!failed && connection_->standby_unsure())
        failed = lost_outcome(std::string(wait_was_cancelled)).error;
    if (failed)
        throw database_error(std::move(*failed));
}

awaitable<void> session::send(transform::row_batch& batch, transform::row_batch::path way)
{
    segment next{segment_of(batch, way), batch.rows.size(), batch.letter_entries.size()};
    for (const statement which : next.order)
        connection_->send_prepared(sql_->get(which).name,
                                   parameters_of(which, batch, options_.identity));
    connection_->send_sync();
    under_way_.push_back(std::move(next));
    nothing_under_way_ = false;
    co_await connection_->flush();
}

awaitable<commit_outcome> session::receive()
{
    try {
        co_return co_await receive_segment();
    } catch (const database_error& error) {
        co_return lost_outcome(error.what());
    }
}

awaitable<commit_outcome> session::receive_segment()
{
    commit_outcome outcome;
    outcome.what = commit_outcome::kind::committed;
    std::optional<transform::ledger_key> floor;
    for (std::size_t position = 0;; ++position) {
        const result_handle result = co_await connection_->next_result(nothing_under_way_);
        assert(!under_way_.empty());
        const segment& sent = under_way_.front();
        const statement which =
            position < sent.order.size() ? sent.order[position] : statement::commit;
        switch (PQresultStatus(result.get())) {
        case PGRES_PIPELINE_SYNC:
            if (connection_->standby_unsure())
                co_return lost_outcome(std::string(wait_was_cancelled));
            under_way_.pop_front();
            nothing_under_way_ = under_way_.empty();
            co_return outcome;
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
            if (which == statement::floor)
                floor = read_floor(result.get());
            count_stored(outcome, sent, which, result.get());
            break;
        case PGRES_PIPELINE_ABORTED:
            break; // told by the error before it
        default:
            if (outcome.what == commit_outcome::kind::refused)
                break;
            outcome.what = commit_outcome::kind::refused;
            outcome.where = which;
            outcome.error = read_error(result.get());
            if (which == statement::careful &&
                lacks_partition(outcome.error.sqlstate, !outcome.error.constraint.empty()))
                outcome.floor = floor;
            // A backend that is told to go while its commit waits for a standby has committed
            // locally, and says the same as one that rolled back.
            if (outcome.error.fatal)
                co_return lost_outcome(outcome.error.text);
            break;
        }
    }
}

void session::count_stored(commit_outcome& outcome, const segment& sent, statement which,
                           const PGresult* result)
{
    if (which == statement::rows)
        outcome.rows_stored = sent.rows;
    else if (which == statement::letters)
        outcome.letters_stored = to_count(PQcmdTuples(const_cast<PGresult*>(result)));
    else if (which == statement::careful) {
        outcome.rows_stored = to_count(PQgetvalue(result, 0, 0));
        outcome.letters_stored = to_count(PQgetvalue(result, 0, 1));
    } else if (which == statement::barrier &&
               std::strcmp(PQcmdTuples(const_cast<PGresult*>(result)), "1") != 0) {
        // A rule or trigger swallowed the write: what this Sync waits for is not known.
        outcome.what = commit_outcome::kind::refused;
        outcome.where = which;
        outcome.error = {"42P17",
                         "sluice.barrier did not take the write of one row; a rule or "
                         "trigger on it must go",
                         {},
                         {},
                         {},
                         false};
    }
}

void session::close() noexcept
{
    if (connection_)
        connection_->abandon();
}

} // namespace sluice::postgres
