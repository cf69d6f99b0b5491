#include "aws/identity/refresh_plan.hpp"

#include <algorithm>

namespace sluice::aws {

bool refresh_plan::usable(steady_time now) const noexcept
{
    return have_ && (outlives_expiry_ || (!refused_ && now < expires_at_));
}

refresh_plan::step refresh_plan::next(steady_time now) const noexcept
{
    const bool pausing = now < asks_again_at_;
    if (!usable(now))
        return pausing ? step::fail : step::obtain;
    if (pausing || (!refused_ && now < refresh_at_))
        return step::use;
    // A refused set is renewed before anybody uses it again, even if it may be used afterwards.
    return refused_ ? step::obtain : step::refresh;
}

void refresh_plan::fetched(steady_time now, std::optional<steady_clock::duration> life,
                           random_source& random)
{
    have_ = true;
    refused_ = false;
    fetched_at_ = now;
    asks_again_at_ = steady_time::min();
    pauses_.reset();
    expires_at_ = never;
    refresh_at_ = never;
    if (!life)
        return;
    if (*life < life_min) {
        // Our clock is wrong, or the source is down and gives what it has. Either way the service
        // knows better than we do whether they still work.
        refresh_at_ = now + stale_rest +
                      std::chrono::duration_cast<steady_clock::duration>(
                          std::chrono::duration<double>(stale_rest) * random.unit());
        return;
    }
    expires_at_ = now + *life;
    const auto ahead = std::min<steady_clock::duration>(lead, *life / 2);
    const auto jitter = std::chrono::duration_cast<steady_clock::duration>(
        std::chrono::duration<double>(ahead) * (lead_jitter * random.unit()));
    refresh_at_ = expires_at_ - ahead + jitter;
}

void refresh_plan::failed(steady_time now, random_source& random)
{
    // Not at once in any case: a source that is down must not be asked with every request.
    asks_again_at_ = now + std::chrono::seconds(1) + pauses_.next(random);
}

void refresh_plan::refused(steady_time now) noexcept
{
    if (have_ && now - fetched_at_ >= refusal_gap)
        refused_ = true;
}

} // namespace sluice::aws
