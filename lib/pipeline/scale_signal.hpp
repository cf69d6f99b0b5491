// Decides how many daemons like this one would keep what waits on the queue no older than the
// target: messages that wait, by what one daemon stores within the target age. It is looked at with
// every reading of the queue. Performs no I/O and reads no clock.
//
// More daemons are asked for only when they would help: while this one stores what it can, and the
// database answers as it usually does. When nothing is stored, or the database is what is slow,
// the number stays: more connections would make it worse. They are kept, whatever waits, while as
// many are needed to keep up with what comes: else a steady load would be hunted after forever.
#pragma once

#include "core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice::pipeline {

class scale_signal
{
public:
    struct options
    {
        steady_clock::duration target_age = std::chrono::minutes{2};
        std::size_t replicas_max = 20;
    };

    // What the queue tells, and what this daemon has done until then.
    struct reading
    {
        steady_time at;
        std::uint64_t waiting = 0;                // messages that are visible: of all daemons
        std::optional<steady_time> running_since; // nothing: paused, or waiting for something
        std::uint64_t stored = 0;                 // messages, since the start, as are the next two
        std::uint64_t batches = 0;                // committed
        double batch_seconds = 0;                 // sum over them, from sending to the commit
    };

    explicit scale_signal(options how) noexcept : options_(how) {}

    void note(const reading& now) noexcept;

    // At least 1: whether one is needed at all, the queue itself tells to whoever starts the first.
    [[nodiscard]] std::size_t replicas() const noexcept { return replicas_; }

private:
    void judge(const reading& before, const reading& now) noexcept;
    [[nodiscard]] bool database_is_slow(const reading& before, const reading& now) noexcept;
    void learn_rate(double messages_a_second) noexcept;
    [[nodiscard]] std::size_t wanted(const reading& before, const reading& now) const noexcept;

    options options_;
    std::size_t replicas_ = 1;
    std::optional<steady_time> grown_at_;
    std::optional<reading> last_;
    std::optional<double> rate_; // messages a second that one daemon stores when it has enough
    std::optional<double> usual_answer_; // seconds of the database for a message, when all is well
};

} // namespace sluice::pipeline
