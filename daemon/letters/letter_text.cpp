#include "daemon/letters/letter_text.hpp"

#include "config/finding.hpp"
#include "core/encoding.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <simdjson.h>

namespace sluice::daemon {
namespace {

namespace json = boost::json;

json::value or_null(const std::optional<std::string>& text)
{
    return text ? json::value(json::string(*text)) : json::value(nullptr);
}

void add_text(json::object& to, std::string name, const shown_text& shown)
{
    if (shown.text && !simdjson::validate_utf8(*shown.text)) {
        to[name + "_base64"] = to_base64(as_bytes(*shown.text));
        return;
    }
    to[name] = or_null(shown.text);
    to[name + "_sealed"] = shown.sealed;
    if (!shown.why_not.empty())
        to[name + "_missing"] = shown.why_not;
}

void add_line(std::string& to, std::string_view name, const std::string& text)
{
    if (!text.empty())
        to += fmt::format("{:<14}{}\n", name, config::printable(text));
}

std::string line_of(const shown_text& shown)
{
    return shown.text ? *shown.text : shown.why_not;
}

} // namespace

std::string time_text(wall_time at)
{
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count(),
                       time.subseconds().count());
}

json::object to_json(const postgres::letter& of)
{
    return {{"id", of.id},
            {"pipeline", of.pipeline},
            {"message_id", of.message_id},
            {"reason", of.reason},
            {"sqlstate", or_null(of.sqlstate)},
            {"column", or_null(of.column)},
            {"detail", or_null(of.detail)},
            {"receive_count", of.receive_count},
            {"sent_at", time_text(of.sent_at)},
            {"received_at", time_text(of.received_at)},
            {"stored_at", time_text(of.stored_at)},
            {"state", of.state},
            {"config_hash", of.config_hash}};
}

json::object to_json(const postgres::letter& of, const shown_letter& shown)
{
    json::object out = to_json(of);
    add_text(out, "body", shown.body);
    add_text(out, "attributes", shown.attributes);
    return out;
}

json::object to_json(const postgres::refused_letter& of)
{
    return {{"id", of.id},
            {"message_id", of.message_id},
            {"reason", of.reason},
            {"column", of.column},
            {"detail", of.detail}};
}

std::string table_of(const std::vector<postgres::letter>& letters)
{
    constexpr std::string_view form = "{:>10}  {:<24}  {:<10}  {:<16}  {:<20}  {:<20}  {}\n";
    std::string out =
        fmt::format(form, "ID", "STORED", "STATE", "REASON", "COLUMN", "PIPELINE", "DETAIL");
    for (const postgres::letter& each : letters)
        out += fmt::format(form, each.id, time_text(each.stored_at), each.state, each.reason,
                           config::printable(each.column.value_or("")), each.pipeline,
                           config::printable(each.detail.value_or(each.sqlstate.value_or(""))));
    return out;
}

std::string page_of(const postgres::letter& of, const shown_letter& shown)
{
    std::string out;
    add_line(out, "id", std::to_string(of.id));
    add_line(out, "pipeline", of.pipeline);
    add_line(out, "state", of.state);
    add_line(out, "reason", of.reason);
    add_line(out, "column", of.column.value_or(""));
    add_line(out, "sqlstate", of.sqlstate.value_or(""));
    add_line(out, "detail", of.detail.value_or(""));
    add_line(out, "message_id", of.message_id);
    add_line(out, "received", fmt::format("{} times", of.receive_count));
    add_line(out, "sent_at", time_text(of.sent_at));
    add_line(out, "received_at", time_text(of.received_at));
    add_line(out, "stored_at", time_text(of.stored_at));
    add_line(out, "config_hash", of.config_hash);
    add_line(out, "attributes", line_of(shown.attributes));
    add_line(out, "body", line_of(shown.body));
    return out;
}

} // namespace sluice::daemon
