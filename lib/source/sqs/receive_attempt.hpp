// Names the receives of a FIFO queue (ReceiveRequestAttemptId). SQS answers a receive that is asked
// again by its name with the same messages: had the answer been lost for good, their groups would
// be locked until the visibility timeout ends. Performs no I/O and reads no clock.
#pragma once

#include "core/random.hpp"
#include "core/time.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::sqs {

class receive_attempt
{
public:
    // SQS remembers a name for five minutes; the request must arrive before they are over.
    static constexpr std::chrono::seconds kept{280};

    // The name of a receive that begins now: that of the last one, unless it is over or forgotten.
    [[nodiscard]] const std::string& name(steady_time now, random_source& random)
    {
        repeats_ = !name_.empty() && now < began_ + kept;
        if (!repeats_) {
            const std::uint64_t first = random.next();
            name_ = fmt::format("{:016x}{:016x}", first, random.next());
            began_ = now;
        }
        return name_;
    }

    // It was answered, or SQS will not repeat it.
    void over() noexcept { name_.clear(); }

    // Whether the name was given before.
    [[nodiscard]] bool repeats() const noexcept { return repeats_; }

private:
    std::string name_;
    steady_time began_{};
    bool repeats_ = false;
};

} // namespace sluice::sqs
