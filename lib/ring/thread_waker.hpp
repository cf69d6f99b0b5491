// The waker of a consumer that is a plain thread.
#pragma once

#include "ring/bell.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace sluice::ring {

class thread_waker final : public waker
{
public:
    void wake() noexcept override
    {
        {
            const std::scoped_lock lock(mutex_);
            woken_ = true;
        }
        condition_.notify_one();
    }

    // Sleeps until woken or until the deadline; forgets the wake. Called by the one thread.
    void sleep_until(std::chrono::steady_clock::time_point deadline)
    {
        std::unique_lock lock(mutex_);
        const auto woken = [this] { return woken_; };
        if (deadline == std::chrono::steady_clock::time_point::max())
            condition_.wait(lock, woken); // wait_until overflows on the end of time
        else
            condition_.wait_until(lock, deadline, woken);
        woken_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool woken_ = false;
};

} // namespace sluice::ring
