// What a pipeline shows of itself in /metrics.
#pragma once

#include "admin/metric_page.hpp"
#include "pipeline/pipeline.hpp"

namespace sluice::admin {

// On the I/O thread: all numbers are of one moment, so sums over them are exact.
void add_metrics(metric_page& page, const pipeline::pipeline& of);

// What is true of the whole process.
void add_process(metric_page& page);

} // namespace sluice::admin
