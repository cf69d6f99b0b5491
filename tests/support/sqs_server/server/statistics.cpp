#include "sqs_server/server/statistics.hpp"

#include "sqs_server/server/journal.hpp"

#include <boost/json.hpp>

#include <sys/resource.h>

namespace sluice::sqs_server {
namespace {

namespace json = boost::json;

json::object to_json(const queue& which)
{
    const message_counts counts = which.counts();
    json::object out{
        {"visible", counts.visible}, {"in_flight", counts.in_flight}, {"delayed", counts.delayed}};
    json::object totals;
    for (std::size_t i = 0; i < event_kind_count; ++i) {
        const auto kind = static_cast<event_kind>(i);
        if (which.total(kind) != 0)
            totals[json::string_view(to_string(kind))] = which.total(kind);
    }
    out["totals"] = std::move(totals);
    return out;
}

double to_seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

} // namespace

double process_cpu_seconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return to_seconds(usage.ru_utime) + to_seconds(usage.ru_stime);
}

std::string statistics::to_json(account& queues, const fault_injector* faults, wall_time now) const
{
    json::object operations;
    for (std::size_t i = 0; i < operation_count; ++i)
        if (calls_[i] != 0)
            operations[json::string_view(to_string(static_cast<operation>(i)))] = {
                {"calls", calls_[i]}, {"refused", refused_[i]}};
    json::object hit;
    for (std::size_t i = 0; faults != nullptr && i < fault_kind_count; ++i)
        if (const auto kind = static_cast<fault_kind>(i); faults->count(kind) != 0)
            hit[json::string_view(to_string(kind))] = faults->count(kind);
    json::object by_name;
    for (queue* const each : queues.queues()) {
        each->advance(now);
        by_name[each->name()] = sqs_server::to_json(*each);
    }
    return json::serialize(json::object{{"operations", std::move(operations)},
                                        {"faults", std::move(hit)},
                                        {"queues", std::move(by_name)},
                                        {"cpu_seconds", process_cpu_seconds()}});
}

} // namespace sluice::sqs_server
