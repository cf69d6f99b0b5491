// The transform workers: plain threads between the two rings.
#pragma once

#include "pipeline/rings.hpp"
#include "ring/thread_waker.hpp"
#include "transform/batch_assembler.hpp"
#include "transform/transformer.hpp"

#include <functional>
#include <memory>
#include <thread>
#include <vector>

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

// Starts with its construction; the threads end when the intake ring is closed and drained, and
// are joined by the destructor. An exception in a worker ends the process: a restart loses
// nothing, a worker that is silently gone would.
class transform_threads
{
public:
    using make_transformer = std::function<std::unique_ptr<transform::transformer>()>;

    transform_threads(rings& work, std::size_t count, const make_transformer& make,
                      transform::batch_assembler::options how);

private:
    struct worker
    {
        std::unique_ptr<transform::transformer> transformer;
        ring::thread_waker waker;
        std::size_t seat = 0;
        std::jthread thread; // last: it uses the others
    };

    static void run(rings& work, worker& self, transform::batch_assembler::options how) noexcept;

    std::vector<std::unique_ptr<worker>> workers_;
};

} // namespace sluice::pipeline
