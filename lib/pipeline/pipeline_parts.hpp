// The parts of a running pipeline, for its own sources alone.
#pragma once

#include "pipeline/pipeline.hpp"
#include "pipeline/suspect_lane.hpp"

#include <memory>
#include <vector>

namespace sluice::pipeline {

// What runs once the queue's visibility timeout is known. Members die in reverse order.
struct pipeline::parts
{
    sqs::lease_keeper leases;
    sqs::fetchers fetch;
    sqs::acknowledger deletes;
    settler settle;
    postgres::write_queue again;
    row_intake batches;
    releaser releases;
    std::vector<std::unique_ptr<postgres::writer>> writers;
    std::unique_ptr<suspect_lane> suspects; // null without a log of attempts

    milestone polls_ended;
    milestone writes_ended;
    milestone deletes_ended;
    milestone suspects_ended;
    milestone leases_ended;
    std::size_t writers_running = 0;

    explicit parts(pipeline& of);
};

} // namespace sluice::pipeline
