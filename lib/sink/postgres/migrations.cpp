#include "sink/postgres/migrations.hpp"

#include "sink/postgres/ledger_life.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sluice::postgres {
namespace {

constexpr std::array<migration, 3> all{{
    {1, "ledger, dead letters, barrier, audit of unmasked values", R"(
CREATE TABLE sluice.ledger (
    message_id uuid PRIMARY KEY
) PARTITION BY RANGE (message_id);
COMMENT ON TABLE sluice.ledger IS
    'Every message that was stored, one key each: 48 bits of SentTimestamp, 80 of the MessageId';

CREATE TABLE sluice.dead_letters (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pipeline      text NOT NULL,
    message_id    text NOT NULL,
    reason        text NOT NULL,
    sqlstate      text,
    column_name   text,
    detail        text,
    body          bytea,
    body_sealed   boolean NOT NULL,
    attributes    bytea,
    receive_count integer NOT NULL,
    sent_at       timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    stored_at     timestamptz NOT NULL DEFAULT now(),
    state         text NOT NULL DEFAULT 'new'
                  CHECK (state IN ('new', 'replayed', 'discarded')),
    config_hash   text NOT NULL,
    UNIQUE (pipeline, message_id)
);
CREATE INDEX dead_letters_state ON sluice.dead_letters (pipeline, state, id);
COMMENT ON TABLE sluice.dead_letters IS 'Messages that became no row, each with its reason';

CREATE TABLE sluice.barrier (
    name       text PRIMARY KEY,
    writes     bigint NOT NULL DEFAULT 1,
    written_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE sluice.barrier IS
    'Written by every transaction that may find all its messages stored, so that it waits for the '
    'standby like the one that stored them';

CREATE TABLE sluice.unmask_audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at timestamptz NOT NULL DEFAULT now(),
    who         text NOT NULL DEFAULT session_user,
    os_user     text NOT NULL,
    host        text NOT NULL,
    reason      text NOT NULL CHECK (reason <> ''),
    source      text NOT NULL,
    asked       bigint NOT NULL,
    opened      bigint NOT NULL,
    key_ids     text[] NOT NULL
);
COMMENT ON TABLE sluice.unmask_audit IS 'Who opened sealed values, when and why';
)"},
    {2, "floor of the ledger, audit of dead letters", R"(
CREATE TABLE sluice.ledger_floor (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    floor    uuid NOT NULL,
    closing  uuid NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    CHECK (floor <= closing)
);
COMMENT ON TABLE sluice.ledger_floor IS
    'Days before floor are dropped, days before closing are about to be: a message sent then can '
    'no longer be told from one that was stored';

CREATE TABLE sluice.letter_audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at timestamptz NOT NULL DEFAULT now(),
    who         text NOT NULL DEFAULT session_user,
    os_user     text NOT NULL,
    host        text NOT NULL,
    letter_id   bigint NOT NULL,
    action      text NOT NULL CHECK (action IN ('replayed', 'discarded')),
    reason      text,
    config_hash text NOT NULL
);
CREATE INDEX letter_audit_letter ON sluice.letter_audit (letter_id);
COMMENT ON TABLE sluice.letter_audit IS 'Who replayed or discarded a dead letter, when and why';
)"},
    {3, "attempts at messages that may kill their receivers", R"(
CREATE TABLE sluice.attempts (
    pipeline   text NOT NULL,
    message_id text NOT NULL,
    begun      integer NOT NULL DEFAULT 1,
    first_at   timestamptz NOT NULL DEFAULT now(),
    last_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pipeline, message_id)
);
COMMENT ON TABLE sluice.attempts IS
    'Begun before a message that was received often is transformed, alone in its process, and gone '
    'after it: what stays here ended with the process';
)"},
}};

int to_version(const rows& found)
{
    const std::string text = found.at(0).at(0).value_or("0");
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

awaitable<int> current_version(connection& on)
{
    const rows exists = co_await on.query("SELECT to_regclass('sluice.migrations')::text");
    if (!exists.at(0).at(0))
        co_return 0;
    co_return to_version(
        co_await on.query("SELECT coalesce(max(version), 0) FROM sluice.migrations"));
}

// Throws if messages of today could not be stored, or if `how` says so.
void require_days(const ledger_round& tended, missing_right how)
{
    if (tended.allowed)
        return;
    const bool enough = tended.today && tended.days_left >= ledger_days_ahead_min;
    if (how == missing_right::is_an_error ? enough : tended.today)
        return;
    throw database_error({"42501", warnings_of(tended).back(), {}, "ledger", {}, false});
}

awaitable<std::vector<std::string>> migrate_locked(connection& on, wall_time now, missing_right how)
{
    std::vector<std::string> done;
    const int present = co_await current_version(on);
    for (const migration& change : all) {
        if (change.version <= present)
            continue;
        co_await on.query(apply_sql(change));
        done.push_back(
            fmt::format("schema sluice, version {}: {}", change.version, change.description));
    }
    const ledger_round tended = co_await tend_ledger(on, now);
    require_days(tended, how);
    for (std::string& line : describe(tended))
        done.push_back(std::move(line));
    co_return done;
}

} // namespace

const std::array<migration, 3>& migrations() noexcept
{
    return all;
}

std::string apply_sql(const migration& change)
{
    return fmt::format("BEGIN;\n"
                       "CREATE SCHEMA IF NOT EXISTS sluice;\n"
                       "CREATE TABLE IF NOT EXISTS sluice.migrations (\n"
                       "    version     integer PRIMARY KEY,\n"
                       "    description text NOT NULL,\n"
                       "    applied_at  timestamptz NOT NULL DEFAULT now()\n"
                       ");{}"
                       "INSERT INTO sluice.migrations (version, description) VALUES ({}, {});\n"
                       "COMMIT;\n",
                       change.sql, change.version, quote_literal(change.description));
}

std::string create_table_sql(const target_table& target)
{
    std::vector<std::string> lines;
    for (const target_column& column : target.columns)
        lines.push_back(
            fmt::format("    {} {}", quote_identifier(column.name), column.column_type));
    return fmt::format("CREATE TABLE IF NOT EXISTS {} (\n{}\n)", target.quoted_name(),
                       fmt::join(lines, ",\n"));
}

awaitable<std::vector<std::string>> migrate(connection& on, wall_time now, missing_right how)
{
    // A session lock: it is gone with the connection, whatever happens to us.
    co_await on.query(fmt::format("SELECT pg_advisory_lock({})", advisory_lock_key));
    std::vector<std::string> done = co_await migrate_locked(on, now, how);
    co_await on.query(fmt::format("SELECT pg_advisory_unlock({})", advisory_lock_key));
    co_return done;
}

awaitable<void> require_schema(connection& on)
{
    const int present = co_await current_version(on);
    const int wanted = all.back().version;
    if (present >= wanted)
        co_return;
    server_error error;
    error.sqlstate = "42P01"; // undefined_table
    error.text = fmt::format("schema sluice is {}; run `sluice migrate` with a role that may make "
                             "tables, or set `create: true`",
                             present == 0 ? std::string("missing")
                                          : fmt::format("of version {}, not {}", present, wanted));
    throw database_error(std::move(error));
}

awaitable<bool> create_target(connection& on, const target_table& target)
{
    const rows exists = co_await on.query(
        fmt::format("SELECT to_regclass({})::text", quote_literal(target.quoted_name())));
    if (exists.at(0).at(0))
        co_return false;
    co_await on.query(create_table_sql(target));
    co_return true;
}

} // namespace sluice::postgres
