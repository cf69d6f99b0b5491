// Retries of a client and pauses of a writer: what may be spent, and how long is waited.
#pragma once

#include "aws/retry.hpp"
#include "core/backoff.hpp"
#include "fuzz/script.hpp"

#include <algorithm>
#include <array>

namespace sluice::fuzz {

inline void run_retry(script& from)
{
    using aws::fault;
    using aws::retry_quota;
    using std::chrono::milliseconds;
    constexpr std::array faults{fault::transient, fault::throttled, fault::over_limit,
                                fault::forbidden, fault::no_queue,  fault::bad_request};
    retry_quota quota;
    int purse = retry_quota::capacity; // what the quota should have
    while (!from.at_end()) {
        const aws::retry_policy policy{.attempts_max = static_cast<int>(1 + from.below(5)),
                                       .long_poll = from.flip()};
        aws::retry_attempts call(quota, policy);
        int spent_last = 0;
        for (int attempt = 1;; ++attempt) {
            require(call.attempt() == attempt && attempt <= policy.attempts_max,
                    "no more attempts than allowed");
            if (from.below(4) == 0) {
                call.succeeded();
                purse = std::min(purse + (attempt == 1 ? 1 : spent_last), retry_quota::capacity);
                break;
            }
            const fault what = faults[from.below(faults.size())];
            const double chance = from.byte() / 256.0;
            const std::optional<milliseconds> hint =
                from.flip() ? std::optional(from.pause()) : std::nullopt;
            const auto next = call.failed(what, chance, hint);
            const bool is_throttled = what == fault::throttled;
            const bool is_worth_it =
                (is_throttled || what == fault::transient) && attempt < policy.attempts_max;
            const int cost =
                is_throttled ? retry_quota::throttled_cost : retry_quota::transient_cost;
            require(next.again == (is_worth_it && purse >= cost), "a retry is paid for");
            const milliseconds own_max = std::min(
                milliseconds((is_throttled ? 1000 : 50) << (attempt - 1)), milliseconds(20'000));
            const milliseconds hint_max = hint ? milliseconds(5'000) : milliseconds(0);
            require(next.delay.count() >= 0 && next.delay <= own_max + hint_max,
                    "a pause has its bound, whatever the service asks for");
            require(next.again || next.delay.count() == 0 || (is_worth_it && policy.long_poll),
                    "only a poll waits without a retry");
            if (!next.again)
                break;
            purse -= cost;
            spent_last = cost;
        }
        require(quota.available() == purse && purse >= 0, "the quota is what was not spent");
    }
}

inline void run_backoff(script& from)
{
    const backoff_bounds bounds{.first = std::chrono::milliseconds(1 + from.byte()),
                                .longest = std::chrono::milliseconds(256 + 100 * from.byte())};
    backoff pauses(bounds);
    scripted_random chance(from);
    steady_clock::duration most = bounds.first;
    while (!from.at_end()) {
        if (from.below(8) == 7) {
            pauses.reset();
            most = bounds.first;
            continue;
        }
        const auto pause = pauses.next(chance);
        require(pause.count() >= 0 && pause <= most, "a pause is drawn below its bound");
        most = std::min(most * 2, bounds.longest);
    }
}

} // namespace sluice::fuzz
