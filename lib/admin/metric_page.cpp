#include "admin/metric_page.hpp"

#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>

namespace sluice::admin {

prometheus::ClientMetric& metric_page::add(std::string_view name, std::string_view help,
                                           prometheus::MetricType type, labels with)
{
    auto [at, is_new] = families_.try_emplace(std::string(name));
    prometheus::MetricFamily& family = at->second;
    if (is_new) {
        family.name = name;
        family.help = help;
        family.type = type;
    }
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(with);
    return metric;
}

void metric_page::counter(std::string_view name, std::string_view help, labels with, double value)
{
    add(name, help, prometheus::MetricType::Counter, std::move(with)).counter.value = value;
}

void metric_page::gauge(std::string_view name, std::string_view help, labels with, double value)
{
    add(name, help, prometheus::MetricType::Gauge, std::move(with)).gauge.value = value;
}

void metric_page::distribution(std::string_view name, std::string_view help, labels with,
                               std::span<const double> bounds,
                               std::span<const std::uint64_t> counts, double sum)
{
    auto& out = add(name, help, prometheus::MetricType::Histogram, std::move(with)).histogram;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        below += counts[i];
        const double bound =
            i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
        out.bucket.push_back({below, bound});
    }
    out.sample_count = below;
    out.sample_sum = sum;
}

std::string metric_page::text() &&
{
    std::vector<prometheus::MetricFamily> all;
    all.reserve(families_.size());
    for (auto& [name, family] : families_)
        all.push_back(std::move(family));
    families_.clear();
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, all);
    return std::move(out).str();
}

} // namespace sluice::admin
