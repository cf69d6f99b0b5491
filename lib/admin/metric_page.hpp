// Collects metrics for one scrape, in the text format of Prometheus.
#pragma once

#include "core/histogram.hpp"

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::admin {

// Labels come from fixed lists and from the configuration, never from a message.
using labels = std::vector<prometheus::ClientMetric::Label>;

class metric_page
{
public:
    void counter(std::string_view name, std::string_view help, labels with, double value);
    void gauge(std::string_view name, std::string_view help, labels with, double value);

    template <std::size_t Bounds>
    void distribution(std::string_view name, std::string_view help, labels with,
                      const histogram<Bounds>& values)
    {
        distribution(name, help, std::move(with), values.bounds(), values.counts(), values.sum());
    }

    // The page: every family once, with its samples. Nothing is left to add to.
    [[nodiscard]] std::string text() &&;

private:
    void distribution(std::string_view name, std::string_view help, labels with,
                      std::span<const double> bounds, std::span<const std::uint64_t> counts,
                      double sum);
    prometheus::ClientMetric& add(std::string_view name, std::string_view help,
                                  prometheus::MetricType type, labels with);

    std::map<std::string, prometheus::MetricFamily, std::less<>> families_;
};

} // namespace sluice::admin
