// One transform worker, without its thread: it knows what to do next, and neither waits nor reads a
// clock. The daemon runs it on a thread of its own, the simulation on its one executor.
#pragma once

#include "pipeline/rings.hpp"
#include "transform/batch_assembler.hpp"
#include "transform/transformer.hpp"

#include <cstdint>
#include <memory>

namespace sluice::pipeline {

// Batches for an assembler: from the pool, to the row ring.
class ring_exchange final : public transform::batch_exchange
{
public:
    explicit ring_exchange(rings& of) noexcept : rings_(of) {}

    [[nodiscard]] std::unique_ptr<transform::row_batch> take() override
    {
        return rings_.pool.take();
    }
    void hand_over(std::unique_ptr<transform::row_batch> full) override
    {
        rings_.push(std::move(full));
    }

private:
    rings& rings_;
};

// Not thread-safe. The rings and the waker must outlive it.
class transform_worker
{
public:
    enum class next : std::uint8_t
    {
        again, // it took a delivery: there may be more
        pause, // nothing there, but a moment ago there was: look again after busy_pause, unwoken
        sleep, // until the waker is called, or until next_deadline
        ended, // no delivery will follow, and everything is handed over
    };

    // A wake costs the I/O thread about as much as all else that it does for a message. Under load
    // the worker is done before the next delivery comes: so it looks again by itself, and finds
    // several. What this adds to the way of a message is little beside the linger of its batch.
    static constexpr std::chrono::microseconds busy_pause{500};

    // Takes a seat at the bell: before any worker steps.
    transform_worker(rings& work, ring::waker& waker, std::unique_ptr<transform::transformer> by,
                     transform::batch_assembler::options how);
    transform_worker(const transform_worker&) = delete;
    transform_worker& operator=(const transform_worker&) = delete;
    // The bell, which outlives it, must not wake it any more.
    ~transform_worker() { work_.intake_bell.get_up(seat_); }

    [[nodiscard]] next step(steady_time now);

    [[nodiscard]] steady_time next_deadline() const noexcept { return assembler_.next_deadline(); }

private:
    [[nodiscard]] bool take_one(steady_time now);

    rings& work_;
    std::unique_ptr<transform::transformer> transformer_;
    ring_exchange batches_;
    transform::batch_assembler assembler_;
    std::size_t seat_;
    bool was_busy_ = false; // since it last paused
};

} // namespace sluice::pipeline
