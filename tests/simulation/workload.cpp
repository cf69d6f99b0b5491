#include "simulation/workload.hpp"

#include <fmt/format.h>

#include <array>

namespace sluice::simulation {
namespace {

constexpr std::array<row_refusal, 7> refusals{{
    {"22021", "", "", false},             // names nothing: the row must be searched for
    {"22003", "", "", false},             // the same
    {"23502", "device_type", "", false},  // NOT NULL
    {"23514", "", "logins_check", false}, // CHECK
    {"23505", "", "logins_key", false},   // the user's own unique key
    {"P0001", "", "", false},             // a trigger raised
    {"23503", "", "logins_fkey", true},   // DEFERRABLE INITIALLY DEFERRED
}};

struct bad_body
{
    std::string_view text;
    std::string_view reason;
    std::string_view column;
};

constexpr std::array<bad_body, 9> bad_bodies{{
    {"not JSON, says the canary", "not_json_object", ""},
    {R"(["canary"])", "not_json_object", ""},
    {R"({"ip":"canary","ip":"canary"})", "duplicate_key", ""},
    {R"({"foo":"oops_wrong_msg_type","bar":"canary"})", "missing", "user_id"},
    {R"({"user_id":"u","app_version":"latest","ip":"canary"})", "unparsable", "app_version"},
    {R"({"user_id":"u","device_type":{"os":"canary"}})", "wrong_type", "device_type"},
    {R"({"user_id":null,"ip":"canary"})", "missing", "user_id"},
    {R"({"user_id":"u","ip":17,"device_id":"canary"})", "wrong_type", "masked_ip"},
    {R"({"user_id":"u\u0000","ip":"canary"})", "invalid_text", "user_id"},
}};

constexpr std::chrono::hours oldest{40 * 24};

std::string big_endian(std::uint64_t value, std::size_t bytes)
{
    std::string out;
    for (std::size_t i = bytes; i-- > 0;)
        out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
}

seal_oracle& oracle()
{
    static seal_oracle it; // what it knows holds for every seed
    return it;
}

config::column text_column(const char* name, const char* from, std::size_t length)
{
    config::column out;
    out.name = name;
    out.from = config::json_pointer{{from}};
    out.max_length = length;
    return out;
}

config::column metadata_column(const char* name, config::column_type type, config::metadata which)
{
    config::column out;
    out.name = name;
    out.type = type;
    out.from = config::metadata_source{which, {}};
    return out;
}

// The ledger's key: 48 bits of SentTimestamp, then the last ten bytes of the id.
std::string key_of(std::string_view id, wall_time sent_at)
{
    std::string bytes;
    for (std::size_t i = 0; i < id.size(); i += 2) {
        if (id[i] == '-')
            ++i;
        bytes.push_back(static_cast<char>(std::stoi(std::string(id.substr(i, 2)), nullptr, 16)));
    }
    const auto ms = static_cast<std::uint64_t>(sent_at.time_since_epoch().count());
    return big_endian(ms, 6) + bytes.substr(6);
}

std::string day_of(wall_time sent_at)
{
    const auto since = std::chrono::floor<std::chrono::days>(sent_at) -
                       std::chrono::sys_days(std::chrono::year{2000} / 1 / 1);
    return big_endian(static_cast<std::uint64_t>(since.count()), 4);
}

} // namespace

config::pipeline pipeline_settings(const swarm& how)
{
    config::pipeline out;
    out.name = "logins";
    out.sink.table = "user_logins";
    out.sink.batch.rows = how.shape.batch_rows;
    out.sink.batch.linger = how.shape.batch_linger;
    out.record.columns = {
        metadata_column("message_id", config::column_type::text, config::metadata::message_id),
        text_column("user_id", "user_id", 128),
        text_column("device_type", "device_type", 32),
        text_column("masked_ip", "ip", 256),
        text_column("masked_device_id", "device_id", 256),
        text_column("locale", "locale", 32),
        text_column("app_version", "app_version", 32),
        metadata_column("create_date", config::column_type::date, config::metadata::sent_at)};
    auto& columns = out.record.columns;
    columns[1].required = true;
    columns[3].mask = columns[4].mask = config::mask_kind::seal;
    columns[6].type = config::column_type::integer;
    columns[6].max_length.reset();
    columns[6].parse = {{config::parse_verb::version_major, ""}};
    return out;
}

workload::workload(const swarm& how)
{
    dice luck(how.seed, "messages");
    dice group_luck(how.seed, "groups");
    for (std::size_t i = 0; i < how.messages; ++i) {
        sent_message next = make_good(luck, i);
        if (luck.hit(how.aged))
            next.age = luck.between(std::chrono::hours{0}, oldest);
        if (luck.hit(how.queue.delayed))
            next.delay = seconds(luck.between<std::int64_t>(1, 60));
        if (luck.hit(how.queue.with_history))
            next.history = static_cast<std::uint32_t>(luck.scale(1, 50));
        if (i < how.killers) {
            next.kills = next.is_bad = true;
            next.reason = "poison";
            next.row.clear();
        } else if (luck.hit(how.bad_bodies)) {
            spoil_body(luck, next);
        } else if (luck.hit(how.bad_rows)) {
            next.refusal = &luck.pick(refusals);
            next.is_bad = true;
            next.reason = "database_refused";
            next.column = next.refusal->column;
        }
        if (how.groups > 0)
            next.group = fmt::format("group-{}", group_luck.below(how.groups));
        all_.push_back(std::move(next));
    }
}

sent_message workload::make_good(dice& luck, std::size_t number)
{
    static constexpr std::array<std::string_view, 3> devices = {"android", "iOS", "web"};
    static constexpr std::array<std::string_view, 4> locales = {"RU", "DE", "JP", ""};
    // Some users come back: the same address is sealed to the same text.
    const std::string user = fmt::format("user-{}", luck.below(50));
    const std::uint64_t host = luck.below(60);
    const std::string ip = fmt::format("{}-10.0.{}.{}", canary, host / 20, host % 20);
    const std::string device_id = fmt::format("{}-{:03}", canary, luck.below(40));
    const std::uint64_t major = luck.below(30);
    const std::string_view device = luck.pick(devices);
    const std::string_view locale = luck.pick(locales);
    const std::size_t padding = luck.hit(0.03) ? luck.scale(100, 20000) : 0;

    sent_message out;
    out.body = fmt::format(
        R"({{"user_id":"{}","app_version":"{}.{}.0","device_type":"{}","ip":"{}","locale":{},)"
        R"("device_id":"{}","number":{},"padding":"{:x>{}}"}})",
        user, major, luck.below(9), device, ip,
        locale.empty() ? std::string("null") : fmt::format("\"{}\"", locale), device_id, number, "",
        padding);
    out.row = {std::nullopt,
               user,
               std::string(device),
               oracle().sealed_text(ip, "public.user_logins.masked_ip"),
               oracle().sealed_text(device_id, "public.user_logins.masked_device_id"),
               locale.empty() ? std::nullopt : std::optional(std::string(locale)),
               big_endian(major, 4),
               std::nullopt};
    return out;
}

void workload::spoil_body(dice& luck, sent_message& what)
{
    const bad_body& bad = luck.pick(bad_bodies);
    what.body = bad.text;
    what.is_bad = true;
    what.reason = bad.reason;
    what.column = bad.column;
    what.row.clear();
}

void workload::was_sent(std::size_t index, std::string id, wall_time sent_at)
{
    sent_message& what = all_[index];
    what.sent_at = sent_at;
    what.ledger_key = key_of(id, sent_at);
    if (!what.row.empty()) {
        what.row.front() = id;
        what.row.back() = day_of(sent_at);
    }
    std::vector<std::size_t>& group = groups_[what.group];
    what.place_in_group = group.size();
    group.push_back(index);
    by_id_.emplace(id, index);
    by_key_.emplace(what.ledger_key, index);
    what.id = std::move(id);
}

void workload::was_given_up(std::string_view id)
{
    if (const auto it = by_id_.find(id); it != by_id_.end())
        all_[it->second].given_up = true;
}

const sent_message* workload::by_id(std::string_view id) const
{
    const auto it = by_id_.find(id);
    return it == by_id_.end() ? nullptr : &all_[it->second];
}

const sent_message* workload::by_key(std::string_view ledger_key) const
{
    const auto it = by_key_.find(ledger_key);
    return it == by_key_.end() ? nullptr : &all_[it->second];
}

} // namespace sluice::simulation
