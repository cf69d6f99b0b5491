#include "pipeline/transform_threads.hpp"

#include <pthread.h>

namespace sluice::pipeline {
namespace {

constexpr const char* thread_name = "transform"; // what top and a debugger show; at most 15 bytes

} // namespace

transform_threads::transform_threads(rings& work, std::size_t count, const make_transformer& make,
                                     transform::batch_assembler::options how)
{
    // All seats are taken before any thread uses the bell.
    for (std::size_t i = 0; i < count; ++i)
        workers_.push_back(std::make_unique<worker>(work, make(), how));
    for (const auto& each : workers_) {
        worker& self = *each;
        self.thread = std::jthread([&self] {
            pthread_setname_np(pthread_self(), thread_name);
            run(self);
        });
    }
}

// What throws here ends the process: without its worker a pipeline would hold messages and never
// store them. They come again, and the suspect lane finds the one that does it each time.
void transform_threads::run(worker& self) noexcept
{
    for (;;) {
        switch (self.steps.step(steady_clock::now())) {
        case transform_worker::next::again:
            break;
        case transform_worker::next::pause:
            std::this_thread::sleep_for(transform_worker::busy_pause);
            break;
        case transform_worker::next::sleep:
            self.waker.sleep_until(self.steps.next_deadline());
            break;
        case transform_worker::next::ended:
            return;
        }
    }
}

} // namespace sluice::pipeline
