#include "pipeline/scale_signal.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::pipeline {
namespace {

using seconds = std::chrono::duration<double>;

// One slow minute is no reason for more daemons: what was possible is believed for a while.
constexpr double rate_kept = 0.9; // of the best one, from a reading to the next

// A thousand rows take some ten milliseconds, and what waits for its turn in the pipeline of a
// connection as long again. A daemon that never saw better times must know it, too.
constexpr double batch_seconds_max = 0.5; // of up to so many rows, and in proportion
constexpr double batch_rows = 1000;

// Against what is usual. That adapts to worse slowly: doubled after an hour of busy readings.
constexpr double slow_factor = 3;
constexpr double usual_drift = 1.003;

// The answer to a burst is not all at once: what the last ones have changed is measured first, and
// they must have started for that.
constexpr std::size_t growth_max = 2;
constexpr std::chrono::minutes growth_interval{1};

// So that a hair more than one daemon's work is not worth another one.
constexpr double tolerance = 0.1;

} // namespace

void scale_signal::note(const reading& now) noexcept
{
    const auto before = std::exchange(last_, now);
    const bool ran = before && now.running_since && *now.running_since <= before->at;
    if (ran && now.at > before->at)
        judge(*before, now);
}

void scale_signal::judge(const reading& before, const reading& now) noexcept
{
    const std::uint64_t stored = now.stored - before.stored;
    if (stored == 0 && now.waiting > 0)
        return; // stuck, wherever: nothing can be learnt, and nobody would help
    // Without enough to do all the time, what was stored is what came, and not what is possible.
    const bool was_busy = stored > 0 && before.waiting >= stored;
    if (!was_busy) {
        replicas_ = std::min(replicas_, wanted(before, now));
        return;
    }
    if (database_is_slow(before, now))
        return;
    learn_rate(static_cast<double>(stored) / seconds(now.at - before.at).count());
    const bool may_grow = !grown_at_ || now.at - *grown_at_ >= growth_interval;
    const std::size_t next =
        std::min(wanted(before, now), may_grow ? replicas_ * growth_max : replicas_);
    if (next > replicas_)
        grown_at_ = now.at;
    replicas_ = next;
}

bool scale_signal::database_is_slow(const reading& before, const reading& now) noexcept
{
    const double took = now.batch_seconds - before.batch_seconds;
    const auto stored = static_cast<double>(now.stored - before.stored);
    const auto batches = static_cast<double>(now.batches - before.batches);
    if (took > std::max(batches, stored / batch_rows) * batch_seconds_max)
        return true;
    const double answer = took / stored;
    const double usual = usual_answer_.value_or(answer);
    usual_answer_ = std::min(answer, usual * usual_drift);
    return answer > usual * slow_factor;
}

void scale_signal::learn_rate(double messages_a_second) noexcept
{
    rate_ = std::max(messages_a_second, rate_.value_or(0) * rate_kept);
}

std::size_t scale_signal::wanted(const reading& before, const reading& now) const noexcept
{
    if (!rate_)
        return now.waiting == 0 ? 1 : replicas_;
    const double to_drain =
        static_cast<double>(now.waiting) / seconds(options_.target_age).count() / *rate_;
    // What came is what the backlog grew by, and what was stored: by as many as were wanted.
    const double grown = static_cast<double>(now.waiting) - static_cast<double>(before.waiting);
    const double stored =
        static_cast<double>((now.stored - before.stored) * static_cast<std::uint64_t>(replicas_));
    const double to_keep_up = (grown + stored) / seconds(now.at - before.at).count() / *rate_;
    // The guess holds what is there, and never asks for more.
    const double all =
        std::max(to_drain, std::min(to_keep_up, static_cast<double>(replicas_))) - tolerance;
    return static_cast<std::size_t>(
        std::clamp(std::ceil(all), 1.0, static_cast<double>(options_.replicas_max)));
}

} // namespace sluice::pipeline
