#include "admin/status.hpp"

#include "core/version.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sluice::admin {
namespace {

namespace json = boost::json;

json::object records_of(const pipeline::counters& count)
{
    json::object out;
    for (std::size_t i = 0; i < pipeline::record_result_count; ++i) {
        const auto how = static_cast<pipeline::record_result>(i);
        const std::string_view name = to_string(how);
        out[json::string_view(name.data(), name.size())] = count.records.of(how);
    }
    return out;
}

json::value queue_of(const pipeline::pipeline& of)
{
    if (!of.queue_seen())
        return nullptr;
    return {{"visible", of.queue_seen()->visible},
            {"not_visible", of.queue_seen()->not_visible},
            {"delayed", of.queue_seen()->delayed},
            {"visibility_timeout_seconds", of.queue_seen()->visibility_timeout.count()}};
}

const char* breaker_text(pipeline::breaker::state state)
{
    switch (state) {
    case pipeline::breaker::state::closed:
        return "closed";
    case pipeline::breaker::state::open:
        return "open";
    case pipeline::breaker::state::paused:
        break;
    }
    return "paused";
}

json::value commit_time(wall_time when)
{
    if (when == wall_time{})
        return nullptr;
    return when.time_since_epoch().count();
}

json::object status_of(const pipeline::pipeline& of)
{
    const pipeline::counters& count = of.count();
    const auto trouble = of.trouble();
    const std::string_view phase = to_string(of.now());
    json::object out;
    out["name"] = of.name();
    out["phase"] = json::string_view(phase.data(), phase.size());
    out["trouble"] = trouble ? json::value(*trouble) : json::value(nullptr);
    out["received"] = count.received;
    out["uncommitted"] = count.uncommitted;
    out["records"] = records_of(count);
    out["conservation_gap"] = count.conservation_gap();
    out["in_flight_messages"] = of.held().messages();
    out["in_flight_bytes"] = of.held().use().used().bytes;
    out["in_flight_bytes_max"] = of.held().use().limit().bytes;
    out["fetchers_polling"] = count.source.fetchers_polling;
    out["queue"] = queue_of(of);
    out["breaker"] = breaker_text(of.gate().now());
    out["database_connections"] = of.gate().working();
    out["last_commit_ms"] = commit_time(count.last_commit);
    return out;
}

} // namespace

std::string status_json(pipelines all, wall_time now)
{
    json::array list;
    for (const pipeline::pipeline* const each : all)
        list.push_back(status_of(*each));
    json::object out;
    out["version"] = version;
    out["time_ms"] = now.time_since_epoch().count();
    out["ready"] = readiness(all).good;
    out["pipelines"] = std::move(list);
    return json::serialize(out);
}

} // namespace sluice::admin
