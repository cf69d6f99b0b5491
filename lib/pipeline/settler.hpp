// What follows from the fate of a batch: deletes, counters, the breaker.
#pragma once

#include "pipeline/brake.hpp"
#include "pipeline/breaker.hpp"
#include "pipeline/in_flight.hpp"
#include "pipeline/rings.hpp"
#include "sink/postgres/writer.hpp"
#include "source/sqs/acknowledger.hpp"
#include "transform/row_splitter.hpp"

#include <functional>
#include <string>

namespace sluice::pipeline {

class settler final : public postgres::write_events
{
public:
    struct parts
    {
        clock& time;
        in_flight& held;
        sqs::acknowledger& deletes;
        breaker& gate;
        rings& work;
        counters& count;
        transform::row_splitter& splitter;
        brake& stop_at_too_many;
        std::function<void()> wake_writers;
        std::function<void()> state_changed;
    };

    settler(std::string pipeline, parts with) : name_(std::move(pipeline)), with_(std::move(with))
    {}

    // postgres::write_events
    void committed(std::unique_ptr<transform::row_batch> batch,
                   const postgres::commit_outcome& outcome, steady_clock::duration took) override;
    std::vector<postgres::write_job> isolate(postgres::write_job job,
                                             const postgres::commit_outcome& outcome) override;
    void refused(const postgres::server_error& error, postgres::verdict what,
                 postgres::follow_up next) override;
    void connected(std::size_t writer) override;
    void disconnected(std::size_t writer, postgres::follow_up why, std::string_view text) override;
    void jobs_waiting() override { with_.wake_writers(); }

private:
    void count_batch(const transform::row_batch& batch, const postgres::commit_outcome& outcome);
    void settle(receipt which, record_result how, steady_time now);
    void watch_dead_letters(std::size_t messages, std::size_t dead_letters);

    std::string name_;
    parts with_;
    reminder set_aside_told_;
};

} // namespace sluice::pipeline
