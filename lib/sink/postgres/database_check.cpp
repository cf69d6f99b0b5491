#include "sink/postgres/database_check.hpp"

#include "sink/postgres/durability.hpp"
#include "sink/postgres/inspector.hpp"
#include "sink/postgres/ledger_days.hpp"
#include "sink/postgres/migrations.hpp"
#include "sink/postgres/target_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace sluice::postgres {
namespace {

// Beside the writers: preparation, the ledger's keeper, attempts.
constexpr long connections_beside = 3;

// What the daemon does with the tables of schema sluice.
struct table_rights
{
    const char* table;
    const char* rights;
};
constexpr std::array<table_rights, 6> needed_rights{{
    {"ledger", "SELECT, INSERT"},
    {"ledger_floor", "SELECT"},
    {"dead_letters", "SELECT, INSERT"},
    {"barrier", "SELECT, INSERT, UPDATE"},
    {"attempts", "SELECT, INSERT, UPDATE, DELETE"},
    {"migrations", "SELECT"},
}};

long to_long(const std::optional<std::string>& text)
{
    long value = 0;
    if (text)
        std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

bool is_true(const std::optional<std::string>& text)
{
    return text == "true";
}

class inspection
{
public:
    inspection(connection& on, database_needs needs) : with_(on), needs_(std::move(needs)) {}

    awaitable<check_results> run();

private:
    awaitable<void> check_server();
    awaitable<void> check_durability();
    awaitable<void> check_connections();
    awaitable<void> check_schema();
    awaitable<void> check_rights();
    awaitable<void> check_days();

    inspector with_;
    database_needs needs_;
    std::string role_;
};

awaitable<check_results> inspection::run()
{
    co_await check_server();
    co_await check_durability();
    co_await check_connections();
    co_await check_schema();
    target_check table(with_, needs_.target, needs_.create, role_);
    co_await table.run();
    co_return with_.take();
}

awaitable<void> inspection::check_server()
{
    const rows found = co_await with_.on().query("SELECT current_user, current_database(), "
                                                 "current_setting('server_version'), "
                                                 "pg_is_in_recovery()::text");
    const row& values = found.at(0);
    role_ = values.at(0).value_or("");
    const std::string what =
        fmt::format("PostgreSQL {}, database {}, role {}", values.at(2).value_or(""),
                    values.at(1).value_or(""), role_);
    if (is_true(values.at(3)))
        with_.add(check_level::error, "database",
                  what + ": a standby in recovery, which takes no writes",
                  "name the primary, or several hosts with target_session_attrs=read-write");
    else
        with_.add(check_level::ok, "database", what);
}

// As the server gives it to this role: the daemon itself turns synchronous_commit on where it is
// off, so that is no more than a sign.
awaitable<void> inspection::check_durability()
{
    const rows found = co_await with_.on().query(
        "SELECT current_setting('synchronous_commit'), current_setting('fsync'), "
        "current_setting('full_page_writes'), current_setting('synchronous_standby_names')");
    const row& values = found.at(0);
    durability level{values.at(0).value_or(""), values.at(1).value_or(""),
                     values.at(2).value_or(""), values.at(3).value_or("")};
    const std::size_t first = with_.count();
    if (level.synchronous_commit == "off") {
        with_.add(
            check_level::warning, "durability",
            "synchronous_commit is off for this role or database: the daemon turns it on for its "
            "own connections, but what others store here may be lost in a crash",
            "set synchronous_commit to on");
        level.synchronous_commit = "on";
    }
    for (const std::string& each : level.warnings()) {
        auto [what, remedy] = what_and_remedy(each);
        with_.add(check_level::warning, "durability", std::move(what), std::move(remedy));
    }
    if (with_.count() == first)
        with_.add(check_level::ok, "durability", level.text());
}

awaitable<void> inspection::check_connections()
{
    const rows found = co_await with_.on().query(
        "SELECT current_setting('max_connections')::int - "
        "current_setting('superuser_reserved_connections')::int - (SELECT count(*) FROM "
        "pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()), "
        "(SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) - (SELECT count(*) FROM "
        "pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()), "
        "(SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), "
        "current_setting('max_connections')");
    const row& values = found.at(0);
    const bool role_limited = to_long(values.at(2)) >= 0;
    const long free_of_server = to_long(values.at(0));
    const bool by_role = role_limited && to_long(values.at(1)) < free_of_server;
    const long left = by_role ? to_long(values.at(1)) : free_of_server;
    const long needed = static_cast<long>(needs_.connections) + connections_beside;
    const std::string limit =
        by_role ? fmt::format("CONNECTION LIMIT {} of role {}", values.at(2).value_or(""), role_)
                : fmt::format("max_connections {}", values.at(3).value_or(""));
    const std::string what = fmt::format("{} free of {}, {} needed", left, limit, needed);
    // While a new version takes over from an old one, both are connected.
    const long needed_twice = 2 * needed;
    if (left < needed)
        with_.add(check_level::error, "connections", what,
                  "raise the limit, or lower sink.postgres.connections");
    else if (left < needed_twice)
        with_.add(check_level::warning, "connections",
                  what + ", and as many by a daemon that takes over",
                  "raise the limit, or lower sink.postgres.connections");
    else
        with_.add(check_level::ok, "connections", what);
}

awaitable<void> inspection::check_schema()
{
    const bool present = co_await with_.holds("to_regnamespace('sluice') IS NOT NULL");
    if (!present) {
        const bool allowed =
            co_await with_.holds("has_database_privilege(current_database(), 'CREATE')");
        if (needs_.create && allowed)
            with_.add(check_level::ok, "schema", "schema sluice is missing: the daemon makes it");
        else
            with_.add(
                check_level::error, "schema",
                fmt::format("schema sluice is missing, and role {} does not make it: {}", role_,
                            allowed ? "create is false" : "it has no right CREATE on the database"),
                "run `sluice migrate` with a role that may make tables");
        co_return;
    }
    const bool usable = co_await with_.holds("has_schema_privilege('sluice', 'USAGE')");
    if (!usable) {
        with_.add(check_level::error, "rights",
                  fmt::format("role {} may not use schema sluice", role_),
                  fmt::format("GRANT USAGE ON SCHEMA sluice TO {}", quote_identifier(role_)));
        co_return;
    }
    co_await check_rights();
    try {
        co_await require_schema(with_.on());
        with_.add(check_level::ok, "schema", "schema sluice is up to date");
    } catch (const database_error& error) {
        if (with_.on().lost())
            throw;
        auto [what, remedy] = what_and_remedy(error.what());
        // The owner of its tables brings it up to date when it starts.
        const bool by_itself = needs_.create && error.error().sqlstate != "42501";
        with_.add(by_itself ? check_level::warning : check_level::error, "schema", std::move(what),
                  std::move(remedy));
    }
    co_await check_days();
}

awaitable<void> inspection::check_rights()
{
    const std::size_t first = with_.count();
    for (const table_rights& each : needed_rights) {
        const std::string table = fmt::format("sluice.{}", each.table);
        const bool present = co_await with_.is_there(table);
        if (!present)
            continue; // the version of the schema tells
        std::string missing;
        for (std::string_view rest = each.rights; !rest.empty();) {
            const std::string right(rest.substr(0, rest.find(',')));
            rest.remove_prefix(std::min(rest.size(), right.size() + 2));
            const bool allowed =
                co_await with_.holds(fmt::format("has_table_privilege('{}', '{}')", table, right));
            if (!allowed)
                missing += (missing.empty() ? "" : ", ") + right;
        }
        if (!missing.empty())
            with_.add(
                check_level::error, "rights",
                fmt::format("role {} has no right {} on {}", role_, missing, table),
                fmt::format("GRANT {} ON {} TO {}", each.rights, table, quote_identifier(role_)));
    }
    if (with_.count() == first)
        with_.add(check_level::ok, "rights", "schema sluice and its tables can be used");
}

// The ledger's days: today's must take entries, and somebody must make the next ones.
awaitable<void> inspection::check_days()
{
    const bool present = co_await with_.is_there("sluice.ledger");
    if (!present)
        co_return;
    const bool owner = co_await with_.holds("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class "
                                            "WHERE oid = 'sluice.ledger'::regclass");
    if (owner && needs_.create) {
        with_.add(check_level::ok, "ledger", "the daemon makes its days");
        co_return;
    }
    const auto today = std::chrono::floor<days>(needs_.now);
    const rows found = co_await with_.on().query(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'sluice.ledger'::regclass AND NOT i.inhdetachpending");
    std::vector<ledger_day> attached;
    bool takes_today = false;
    for (const row& each : found)
        if (const auto day = day_of_partition(each.at(0).value_or(""))) {
            attached.push_back({*day, day_state::attached});
            takes_today = takes_today || *day == today;
        }
    const int ahead = days_left(attached, today);
    const std::string remedy = "run `sluice migrate` every day with the role that owns the tables";
    if (!takes_today)
        with_.add(check_level::error, "ledger", "it has no partition for today", remedy);
    else if (ahead < ledger_days_ahead_min)
        with_.add(
            check_level::warning, "ledger",
            fmt::format("it has partitions for {} more days, and role {} makes none", ahead, role_),
            remedy);
    else
        with_.add(check_level::ok, "ledger",
                  fmt::format("it has partitions for {} more days", ahead));
}

} // namespace

awaitable<check_results> check_database(connection& on, database_needs needs)
{
    inspection work(on, std::move(needs));
    co_return co_await work.run();
}

} // namespace sluice::postgres
