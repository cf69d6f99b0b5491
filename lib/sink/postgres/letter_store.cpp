#include "sink/postgres/letter_store.hpp"

#include "core/encoding.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sluice::postgres {
namespace {

using parameter_list = std::vector<std::optional<std::string>>;

template <class Number>
Number to_number(const std::optional<std::string>& text)
{
    Number value{};
    if (text)
        std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

wall_time to_time(const std::optional<std::string>& ms)
{
    return wall_time(std::chrono::milliseconds(to_number<std::int64_t>(ms)));
}

// bytea comes as "\x" and hex digits.
std::optional<std::string> to_bytes(const std::optional<std::string>& text)
{
    if (!text || !text->starts_with("\\x"))
        return std::nullopt;
    const auto bytes = from_hex(std::string_view(*text).substr(2));
    return bytes ? std::optional(std::string(as_text(*bytes))) : std::nullopt;
}

// A list as an array literal; each text quoted (PostgreSQL manual, 8.15.2).
std::string array_of(const std::vector<std::string>& texts)
{
    std::string out = "{";
    for (const std::string& each : texts) {
        out += out.size() > 1 ? ",\"" : "\"";
        for (const char c : each) {
            if (c == '"' || c == '\\')
                out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + "}";
}

// The condition, and its parameters in order.
struct condition
{
    std::string sql;
    parameter_list parameters;

    // `form` has one {}: the number of the parameter.
    void add(std::string_view form, std::string value)
    {
        parameters.emplace_back(std::move(value));
        sql += sql.empty() ? " WHERE " : " AND ";
        sql += fmt::format(fmt::runtime(form), parameters.size());
    }
};

condition condition_of(const letter_filter& which)
{
    condition out;
    out.add("pipeline = ${}", which.pipeline);
    if (!which.ids.empty())
        out.add("id = ANY (${}::bigint[])", fmt::format("{{{}}}", fmt::join(which.ids, ",")));
    if (!which.reasons.empty())
        out.add("reason = ANY (${}::text[])", array_of(which.reasons));
    if (!which.states.empty())
        out.add("state = ANY (${}::text[])", array_of(which.states));
    if (which.since)
        out.add("stored_at >= to_timestamp(${}::double precision / 1000)",
                std::to_string(which.since->time_since_epoch().count()));
    return out;
}

constexpr std::string_view metadata =
    "id, pipeline, message_id, reason, sqlstate, column_name, detail, receive_count, "
    "floor(extract(epoch FROM sent_at) * 1000)::bigint, "
    "floor(extract(epoch FROM received_at) * 1000)::bigint, "
    "floor(extract(epoch FROM stored_at) * 1000)::bigint, state, config_hash, "
    "body_sealed::text";

// Sizes are known without reading the bodies themselves.
std::string page_sql(const std::string& where, const letter_page& page)
{
    const std::string_view order = page.newest_first ? "DESC" : "ASC";
    const std::string letters = fmt::format(
        "SELECT * FROM sluice.dead_letters{} ORDER BY id {} LIMIT {}", where, order, page.limit);
    if (!page.with_bodies)
        return fmt::format("SELECT {}, NULL, NULL FROM ({}) page ORDER BY id {}", metadata, letters,
                           order);
    return fmt::format(
        "SELECT {0}, body, attributes FROM (SELECT page.*, row_number() OVER so_far AS place, "
        "sum(coalesce(octet_length(body), 0)) OVER so_far AS bytes FROM ({1}) page "
        "WINDOW so_far AS (ORDER BY id {2})) sized WHERE place = 1 OR bytes <= {3} ORDER BY id {2}",
        metadata, letters, order, page_bytes_max);
}

letter to_letter(const row& from)
{
    letter out;
    std::size_t field = 0;
    const auto next = [&from, &field]() -> const std::optional<std::string>& {
        return from.at(field++);
    };
    out.id = to_number<std::int64_t>(next());
    out.pipeline = next().value_or("");
    out.message_id = next().value_or("");
    out.reason = next().value_or("");
    out.sqlstate = next();
    out.column = next();
    out.detail = next();
    out.receive_count = to_number<std::uint32_t>(next());
    out.sent_at = to_time(next());
    out.received_at = to_time(next());
    out.stored_at = to_time(next());
    out.state = next().value_or("");
    out.config_hash = next().value_or("");
    out.body_sealed = next() == "true";
    out.body = to_bytes(next());
    out.attributes = to_bytes(next());
    return out;
}

} // namespace

awaitable<std::vector<letter>> read_letters(connection& on, letter_filter which, letter_page page)
{
    condition where = condition_of(which);
    if (page.behind)
        where.add(page.newest_first ? "id < ${}" : "id > ${}", std::to_string(*page.behind));
    std::string sql = page_sql(where.sql, page);
    std::vector<letter> out;
    const rows found = co_await on.query(std::move(sql), std::move(where.parameters));
    for (const row& each : found)
        out.push_back(to_letter(each));
    co_return out;
}

awaitable<std::size_t> count_letters(connection& on, letter_filter which)
{
    condition where = condition_of(which);
    std::string sql = "SELECT count(*) FROM sluice.dead_letters" + where.sql;
    const rows found = co_await on.query(std::move(sql), std::move(where.parameters));
    co_return to_number<std::size_t>(found.at(0).at(0));
}

awaitable<std::size_t> discard_letters(connection& on, letter_filter which, letter_actor by,
                                       std::string reason)
{
    which.states = {std::string(letter_new)};
    condition where = condition_of(which);
    parameter_list parameters = std::move(where.parameters);
    const std::size_t first = parameters.size() + 1;
    for (std::string* const each : {&by.os_user, &by.host, &reason, &by.config_hash})
        parameters.emplace_back(std::move(*each));
    // In the order of the ids, so that two who discard or replay at once do not deadlock.
    std::string sql = fmt::format(
        "WITH picked AS (SELECT id FROM sluice.dead_letters{} ORDER BY id FOR UPDATE), "
        "done AS (UPDATE sluice.dead_letters letter SET state = 'discarded' FROM picked "
        "WHERE letter.id = picked.id RETURNING letter.id), "
        "audited AS (INSERT INTO sluice.letter_audit (os_user, host, letter_id, action, reason, "
        "config_hash) SELECT ${}, ${}, id, 'discarded', ${}, ${} FROM done) "
        "SELECT count(*) FROM done",
        where.sql, first, first + 1, first + 2, first + 3);
    const rows done = co_await on.query(std::move(sql), std::move(parameters));
    co_return to_number<std::size_t>(done.at(0).at(0));
}

} // namespace sluice::postgres
