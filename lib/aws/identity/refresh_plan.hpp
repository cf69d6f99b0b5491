// When to ask for new credentials, and what may be used until they are here. Performs no I/O, reads
// no clock, throws no dice.
#pragma once

#include "core/backoff.hpp"

#include <optional>

namespace sluice::aws {

class refresh_plan
{
public:
    enum class step
    {
        use,     // what there is is good
        refresh, // it is good, and it is time to get the next: one asks, the others go on
        obtain,  // nothing may be used before somebody has asked
        fail,    // nothing may be used, and the source was asked a moment ago
    };

    // Ahead of expiry, or half the life of what lives shorter.
    static constexpr std::chrono::minutes lead{15};
    // Of the lead, at random: many daemons do not come at once.
    static constexpr double lead_jitter = 0.2;
    // What is given out expired, or lives no longer than this, is the service's to judge: nobody
    // can renew it in time. So long it is left alone, at least.
    static constexpr std::chrono::seconds life_min{1};
    static constexpr std::chrono::minutes stale_rest{5};
    // The service's refusal makes us ask again no more often than this.
    static constexpr std::chrono::seconds refusal_gap{20};

    // `outlives_expiry`: see credentials_source.
    explicit refresh_plan(bool outlives_expiry) noexcept : outlives_expiry_(outlives_expiry) {}

    [[nodiscard]] step next(steady_time now) const noexcept;

    // They are good for so long, or for ever.
    void fetched(steady_time now, std::optional<steady_clock::duration> life,
                 random_source& random);
    void failed(steady_time now, random_source& random);

    // The service does not take what there is.
    void refused(steady_time now) noexcept;

private:
    [[nodiscard]] bool usable(steady_time now) const noexcept;

    bool outlives_expiry_;
    bool have_ = false;
    bool refused_ = false;
    steady_time fetched_at_{};
    steady_time refresh_at_ = never;
    steady_time expires_at_ = never;
    steady_time asks_again_at_ = steady_time::min(); // after a failure
    backoff pauses_{{std::chrono::seconds{2}, std::chrono::minutes{1}}};
};

} // namespace sluice::aws
