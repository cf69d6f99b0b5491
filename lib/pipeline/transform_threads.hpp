// The transform workers: plain threads between the two rings.
#pragma once

#include "pipeline/transform_worker.hpp"
#include "ring/thread_waker.hpp"

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace sluice::pipeline {

// Starts with its construction; the threads end when the intake ring is closed and drained. The
// destructor closes it, if nobody has, and joins them; so does a constructor that throws. An
// exception in a worker ends the process: a restart loses nothing, a worker that is silently gone
// would.
class transform_threads
{
public:
    using make_transformer = std::function<std::unique_ptr<transform::transformer>()>;

    transform_threads(rings& work, std::size_t count, const make_transformer& make,
                      transform::batch_assembler::options how);
    ~transform_threads();

private:
    // Whole before a thread runs: whatever the start of one throws meets the destructor.
    explicit transform_threads(rings& work) : work_(work) {}

    struct worker
    {
        worker(rings& work, std::unique_ptr<transform::transformer> by,
               transform::batch_assembler::options how)
            : steps(work, waker, std::move(by), how)
        {}

        ring::thread_waker waker;
        transform_worker steps;
        std::jthread thread; // last: it uses the others
    };

    void start(worker& self);
    static void run(worker& self) noexcept;

    rings& work_;
    std::vector<std::unique_ptr<worker>> workers_;
};

} // namespace sluice::pipeline
