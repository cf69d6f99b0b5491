#include "sink/postgres/ledger_life.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::postgres {
namespace {

// The other side of a lock may hold it for hours (a dump, a forgotten transaction).
constexpr std::chrono::milliseconds lock_timeout{2000};
constexpr std::chrono::milliseconds statement_timeout{30000};

// Rows of sluice.barrier that nobody wrote for so long are of processes that are gone, or idle.
constexpr days barrier_kept{2};
constexpr std::size_t barrier_rows_max = 10000; // a round

struct ledger_sight
{
    std::vector<ledger_day> days;
    std::optional<sys_days> closing;
    wall_time server_now;
};

// The timeouts of a session while this lives in a coroutine: set, and put back.
awaitable<row> swap_timeouts(connection& on, row to)
{
    const rows before = co_await on.query(
        "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')");
    co_await on.query("SELECT set_config('lock_timeout', $1, false), "
                      "set_config('statement_timeout', $2, false)",
                      std::move(to));
    co_return before.at(0);
}

day_state to_state(const std::optional<std::string>& detaching)
{
    if (!detaching)
        return day_state::loose;
    return *detaching == "true" ? day_state::detaching : day_state::attached;
}

awaitable<std::vector<ledger_day>> read_days(connection& on)
{
    const rows found = co_await on.query(
        "SELECT child.relname, inhdetachpending::text FROM pg_class child "
        "LEFT JOIN pg_inherits ON inhrelid = child.oid AND inhparent = 'sluice.ledger'::regclass "
        "WHERE relnamespace = 'sluice'::regnamespace AND relkind = 'r'");
    std::vector<ledger_day> out;
    for (const row& each : found)
        if (const auto day = day_of_partition(each.at(0).value_or("")))
            out.push_back({*day, to_state(each.at(1))});
    co_return out;
}

awaitable<std::optional<sys_days>> read_closing(connection& on)
{
    const rows found = co_await on.query("SELECT closing FROM sluice.ledger_floor");
    if (found.empty())
        co_return std::nullopt;
    co_return day_of_key(found[0].at(0).value_or(""));
}

awaitable<ledger_sight> look(connection& on)
{
    ledger_sight seen;
    seen.days = co_await read_days(on);
    seen.closing = co_await read_closing(on);
    const rows now = co_await on.query("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)"
                                       "::bigint");
    const std::string text = now.at(0).at(0).value_or("");
    long long ms = 0;
    std::from_chars(text.data(), text.data() + text.size(), ms);
    seen.server_now = wall_time(std::chrono::milliseconds(ms));
    co_return seen;
}

// Asked beforehand, so that a role without the right leaves no errors in the server's log.
awaitable<void> read_rights(connection& on, ledger_round& into)
{
    const rows found =
        co_await on.query("SELECT current_user, (pg_has_role(relowner, 'USAGE') AND "
                          "has_schema_privilege(relnamespace, 'CREATE'))::text FROM pg_class "
                          "WHERE oid = 'sluice.ledger'::regclass");
    into.role = found.at(0).at(0).value_or("");
    into.allowed = found.at(0).at(1) == "true";
}

// Runs one step. A lock that is not to be had, or another round's step in between, leaves the rest
// for another time; returns false then.
awaitable<bool> attempt(connection& on, std::string sql, ledger_round& into)
{
    std::string why;
    try {
        co_await on.query(sql);
        co_return true;
    } catch (const database_error& error) {
        // 55: not in the state it must be in, a lock among them; 57: our own statement_timeout.
        const bool passes =
            error.error().sqlstate.starts_with("55") || error.error().sqlstate == "57014";
        if (error.error().fatal || !passes)
            throw;
        why = error.what();
    }
    into.left.push_back(fmt::format("{}: {}", sql, why));
    co_return false;
}

awaitable<void> make_days(connection& on, const std::vector<sys_days>& wanted, ledger_round& into)
{
    for (const sys_days day : wanted) {
        for (std::string& sql : statements_for_day(day)) {
            const bool done = co_await attempt(on, std::move(sql), into);
            if (!done)
                co_return;
        }
        into.made.push_back(day);
    }
}

awaitable<bool> take_away(connection& on, ledger_day old, ledger_round& into)
{
    const std::string name = "sluice." + partition_name(old.day);
    const std::string detach = "ALTER TABLE sluice.ledger DETACH PARTITION " + name;
    const std::string how = old.state == day_state::attached ? " CONCURRENTLY" : " FINALIZE";
    bool loose = old.state == day_state::loose;
    if (!loose)
        loose = co_await attempt(on, detach + how, into);
    if (!loose)
        co_return false;
    // One string of statements is one transaction.
    co_return co_await attempt(
        on,
        fmt::format("UPDATE sluice.ledger_floor SET floor = greatest(floor, '{}'), "
                    "moved_at = now(); DROP TABLE {}",
                    first_key_of(old.day + days{1}), name),
        into);
}

awaitable<void> take_away_old(connection& on, const day_plan& plan, ledger_round& into)
{
    if (plan.go.empty())
        co_return;
    co_await on.query(fmt::format("UPDATE sluice.ledger_floor SET closing = '{0}' "
                                  "WHERE closing < '{0}'",
                                  first_key_of(*plan.floor)));
    for (const ledger_day& each : plan.go) {
        const bool gone = co_await take_away(on, each, into);
        if (!gone)
            co_return;
        into.dropped.push_back(each.day);
    }
}

// A ledger that never lost a day begins with its oldest one.
awaitable<void> begin_floor(connection& on)
{
    std::optional<sys_days> oldest;
    const std::vector<ledger_day> present = co_await read_days(on);
    for (const ledger_day& each : present)
        if (each.state == day_state::attached && (!oldest || each.day < *oldest))
            oldest = each.day;
    if (oldest)
        co_await on.query(fmt::format("INSERT INTO sluice.ledger_floor (floor, closing) "
                                      "VALUES ('{0}', '{0}') ON CONFLICT DO NOTHING",
                                      first_key_of(*oldest)));
}

// A connection that was idle all the time makes its row anew when it writes: nobody needs it to be
// there. What is being written right now is no old row.
awaitable<void> forget_connections(connection& on, ledger_round& into)
{
    const rows found =
        co_await on.query("SELECT has_table_privilege('sluice.barrier', 'DELETE')::text");
    if (found.at(0).at(0) != "true")
        co_return;
    co_await attempt(on,
                     fmt::format("DELETE FROM sluice.barrier WHERE name IN (SELECT name FROM "
                                 "sluice.barrier WHERE written_at < now() - interval '{} days' "
                                 "LIMIT {} FOR UPDATE SKIP LOCKED)",
                                 barrier_kept.count(), barrier_rows_max),
                     into);
}

awaitable<void> do_round(connection& on, wall_time now, ledger_round& into)
{
    co_await read_rights(on, into);
    const ledger_sight seen = co_await look(on);
    if (into.allowed) {
        const day_plan plan = plan_days(seen.days, seen.closing, now, seen.server_now);
        co_await make_days(on, plan.make, into);
        if (!seen.closing)
            co_await begin_floor(on);
        co_await take_away_old(on, plan, into);
    }
    co_await forget_connections(on, into);
    const std::vector<ledger_day> present = co_await read_days(on);
    const auto today = std::chrono::floor<days>(now);
    into.days_left = days_left(present, today);
    into.today = days_left(present, today - days{1}) > 0;
    into.until = today + days{into.today ? into.days_left + 1 : 0};
}

std::string date(sys_days day)
{
    const std::chrono::year_month_day of(day);
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(of.year()),
                       static_cast<unsigned>(of.month()), static_cast<unsigned>(of.day()));
}

} // namespace

std::vector<std::string> describe(const ledger_round& what)
{
    std::vector<std::string> lines;
    if (!what.made.empty())
        lines.push_back(fmt::format("sluice.ledger: {} days made, up to {}", what.made.size(),
                                    date(what.made.back())));
    if (!what.dropped.empty())
        lines.push_back(fmt::format("sluice.ledger: {} days dropped, up to {}", what.dropped.size(),
                                    date(what.dropped.back())));
    return lines;
}

std::vector<std::string> warnings_of(const ledger_round& what)
{
    std::vector<std::string> lines;
    for (const std::string& each : what.left)
        lines.push_back(fmt::format("sluice.ledger: left for another time: {}", each));
    if (what.today && what.days_left >= ledger_days_ahead_min)
        return lines;
    const std::string_view cure = what.allowed ? "see what holds its locks"
                                               : "run `sluice migrate` as the owner of its tables";
    lines.push_back(fmt::format("sluice.ledger: {} days after today are made, and role {} {} make "
                                "more; {} before they are used up: a message of a day that is "
                                "missing cannot be stored",
                                what.days_left, what.role, what.allowed ? "could not" : "may not",
                                cure));
    return lines;
}

awaitable<ledger_round> tend_ledger(connection& on, wall_time now)
{
    ledger_round result;
    row ours{std::to_string(lock_timeout.count()), std::to_string(statement_timeout.count())};
    row before = co_await swap_timeouts(on, std::move(ours));
    co_await do_round(on, now, result);
    co_await swap_timeouts(on, std::move(before));
    co_return result;
}

} // namespace sluice::postgres
