// Threads for the calls that may block. asio::thread_pool would do, but when one of its threads
// cannot be started (Boost 1.81) its constructor joins those that were, which never end.
#pragma once

#include "core/asio.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <thread>
#include <vector>

namespace sluice::daemon {

class blocking_threads
{
public:
    explicit blocking_threads(std::size_t count) : blocking_threads()
    {
        for (std::size_t i = 0; i < count; ++i)
            threads_.emplace_back([this] { io_.run(); });
    }
    blocking_threads(const blocking_threads&) = delete;
    blocking_threads& operator=(const blocking_threads&) = delete;
    // What has not begun is dropped; what has is waited for.
    ~blocking_threads() { io_.stop(); }

    [[nodiscard]] asio::io_context::executor_type get_executor() { return io_.get_executor(); }

private:
    // Whole before a thread runs: whatever the start of one throws meets the destructor.
    blocking_threads() = default;

    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> busy_{io_.get_executor()};
    std::vector<std::jthread> threads_; // last: they use the others
};

} // namespace sluice::daemon
