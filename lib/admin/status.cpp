#include "admin/status.hpp"

#include "core/version.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sluice::admin {
namespace {

namespace json = boost::json;

json::string text_of(std::string_view from)
{
    return json::string(from.data(), from.size());
}

json::value text_or_null(const std::string& from)
{
    return from.empty() ? json::value(nullptr) : json::value(from);
}

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

double seconds(steady_clock::duration time)
{
    return std::chrono::duration<double>(time).count();
}

json::value queue_of(const pipeline::pipeline& of)
{
    if (!of.queue_seen())
        return nullptr;
    return {{"visible", of.queue_seen()->visible},
            {"not_visible", of.queue_seen()->not_visible},
            {"delayed", of.queue_seen()->delayed},
            {"visibility_timeout_seconds", of.queue_seen()->visibility_timeout.count()},
            {"retention_seconds", of.queue_seen()->retention.count()},
            {"age_seconds", seconds(of.queue_seen_age())}};
}

const char* breaker_text(pipeline::breaker::state state)
{
    switch (state) {
    case pipeline::breaker::state::closed:
        return "closed";
    case pipeline::breaker::state::open:
        return "open";
    case pipeline::breaker::state::needs_repair:
        return "needs_repair";
    case pipeline::breaker::state::braked:
        return "braked";
    case pipeline::breaker::state::starting:
        break;
    }
    return "starting";
}

json::value commit_time(wall_time when)
{
    if (when == wall_time{})
        return nullptr;
    return when.time_since_epoch().count();
}

template <class Enum, std::size_t Count>
json::object tally_of(const sqs::tally<Enum, Count>& of,
                      std::initializer_list<std::pair<const char*, Enum>> values)
{
    json::object out;
    for (const auto& [name, value] : values)
        out[name] = of.of(value);
    return out;
}

json::array rejects_of(const pipeline::counters& count)
{
    json::array out;
    for (const auto& [reject, times] : count.rejects) {
        json::object one;
        one["column"] = text_or_null(reject.first);
        one["reason"] = text_of(transform::to_string(reject.second));
        one["messages"] = times;
        out.push_back(std::move(one));
    }
    return out;
}

// What /metrics tells of the source, by its names.
json::object source_of(const sqs::counters& count)
{
    using namespace sqs;
    json::object out;
    out["received_first"] = count.received_first;
    out["received_again"] = count.received_again;
    out["polls"] = tally_of<poll_result>(count.polls, {{"full", poll_result::full},
                                                       {"part", poll_result::part},
                                                       {"empty", poll_result::empty},
                                                       {"failed", poll_result::failed},
                                                       {"abandoned", poll_result::abandoned}});
    out["deletes"] = tally_of<delete_result>(count.deletes, {{"deleted", delete_result::deleted},
                                                             {"retried", delete_result::retried},
                                                             {"given_up", delete_result::given_up},
                                                             {"dead", delete_result::dead}});
    out["lease_extensions"] =
        tally_of<extension_result>(count.extensions, {{"extended", extension_result::extended},
                                                      {"retried", extension_result::retried},
                                                      {"lost", extension_result::lost}});
    out["fetchers"] = {{"polling", count.fetchers_polling}, {"waiting", count.fetchers_waiting}};
    return out;
}

// Only what there was.
json::array requests_of(const sqs::request_counters& count)
{
    json::array out;
    for (std::size_t i = 0; i < sqs::operation_count; ++i) {
        for (std::size_t j = 0; j < sqs::request_outcome_count; ++j) {
            const auto operation = static_cast<sqs::operation>(i);
            const auto outcome = static_cast<sqs::request_outcome>(j);
            if (const std::uint64_t times = count.of(operation, outcome))
                out.push_back({{"operation", text_of(to_string(operation))},
                               {"outcome", text_of(to_string(outcome))},
                               {"requests", times}});
        }
    }
    return out;
}

json::array database_errors_of(const pipeline::counters& count)
{
    json::array out;
    for (const auto& [error, times] : count.database_errors)
        out.push_back({{"class", error.first},
                       {"verdict", text_of(postgres::to_string(error.second))},
                       {"errors", times}});
    return out;
}

template <std::size_t Bounds>
json::object mean_of(const histogram<Bounds>& times)
{
    std::uint64_t count = 0;
    for (const std::uint64_t each : times.counts())
        count += each;
    return {{"count", count}, {"seconds", times.sum()}};
}

// How far messages have come, and what became of them.
void add_flow(json::object& out, const pipeline::pipeline& of)
{
    const pipeline::counters& count = of.count();
    out["received"] = count.received;
    out["uncommitted"] = count.uncommitted;
    out["records"] = records_of(count);
    out["rejects"] = rejects_of(count);
    out["conservation_gap"] = count.conservation_gap();
    out["in_flight_messages"] = of.held().messages();
    out["in_flight_messages_max"] = of.held().use().limit().messages;
    out["in_flight_bytes"] = of.held().use().used().bytes;
    out["in_flight_bytes_max"] = of.held().use().limit().bytes;
    out["row_bytes"] = of.work().memory.used();
    out["intake_ring_depth"] = of.work().intake.size();
    out["row_ring_depth"] = of.work().rows.size();
    out["sent_to_committed"] = mean_of(count.sent_to_committed);
    out["commits"] = mean_of(count.commit_seconds);
    out["last_commit_ms"] = commit_time(count.last_commit);
}

json::object object_of(const pipeline::pipeline& of)
{
    const auto trouble = of.trouble();
    json::object out;
    out["name"] = of.name();
    out["phase"] = text_of(to_string(of.now()));
    out["state"] = text_of(to_string(of.stands().now));
    out["state_since_ms"] = of.stands().since.time_since_epoch().count();
    out["why"] = text_or_null(of.stands().why);
    out["trouble"] = trouble ? json::value(*trouble) : json::value(nullptr);
    add_flow(out, of);
    out["queue"] = queue_of(of);
    out["source"] = source_of(of.count().source);
    out["requests"] = requests_of(of.requests());
    out["lease_remaining_seconds"] = seconds(of.least_lease_remaining());
    out["breaker"] = breaker_text(of.gate().now());
    out["breaker_text"] = text_or_null(of.gate().text());
    out["database_connections"] = of.gate().working();
    out["database_connections_max"] = of.gate().connections();
    out["database_errors"] = database_errors_of(of.count());
    return out;
}

} // namespace

std::string pipeline_json(const pipeline::pipeline& of, wall_time now)
{
    json::object out = object_of(of);
    out["time_ms"] = now.time_since_epoch().count();
    return json::serialize(out);
}

std::string status_json(pipelines all, wall_time now)
{
    json::array list;
    for (const pipeline::pipeline* const each : all)
        list.push_back(object_of(*each));
    json::object out;
    out["version"] = version;
    out["time_ms"] = now.time_since_epoch().count();
    out["ready"] = readiness(all).good;
    out["pipelines"] = std::move(list);
    return json::serialize(out);
}

} // namespace sluice::admin
