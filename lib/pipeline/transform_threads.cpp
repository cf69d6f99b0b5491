#include "pipeline/transform_threads.hpp"

#include "config/settings.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <stdexcept>
#include <system_error>

namespace sluice::pipeline {
namespace {

constexpr const char* thread_name = "transform"; // what top and a debugger show; at most 15 bytes

static_assert(config::workers_max <= ring::bell<>::seats_max, "each worker has a seat");

} // namespace

transform_threads::transform_threads(rings& work, std::size_t count, const make_transformer& make,
                                     transform::batch_assembler::options how)
    : transform_threads(work)
{
    // All seats are taken before any thread uses the bell.
    for (std::size_t i = 0; i < count; ++i)
        workers_.push_back(std::make_unique<worker>(work, make(), how));
    for (const auto& each : workers_)
        start(*each);
}

// A thread that sleeps at the bell of an open ring would be joined for ever.
transform_threads::~transform_threads()
{
    work_.close_intake();
}

void transform_threads::start(worker& self)
{
    try {
        self.thread = std::jthread([&self] {
            pthread_setname_np(pthread_self(), thread_name);
            run(self);
        });
    } catch (const std::system_error& error) {
        throw std::runtime_error(
            fmt::format("one of {} transform threads cannot be started: {}; allow the process more "
                        "tasks (TasksMax, pids.max, ulimit -u), or set fewer workers",
                        workers_.size(), error.code().message()));
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
