// When to send a request again: the standard mode of the AWS SDKs in its form of 2026. Performs no
// I/O, reads no clock, throws no dice.
#pragma once

#include "aws/environment.hpp"
#include "aws/fault.hpp"
#include "aws/shared_config.hpp"

#include <chrono>
#include <optional>

namespace sluice::aws {

// What all calls of a client may spend on retries together, so that a service in trouble is not
// buried under them. Not thread-safe.
class retry_quota
{
public:
    static constexpr int capacity = 500;
    static constexpr int transient_cost = 14;
    static constexpr int throttled_cost = 5;

    // Takes the price of a retry, or nothing and says false.
    bool take(int cost) noexcept;
    void give_back(int amount) noexcept;

    [[nodiscard]] int available() const noexcept { return available_; }

private:
    int available_ = capacity;
};

struct retry_policy
{
    int attempts_max = 3; // the first one included
    // For an operation that is polled in a loop: an empty quota must not make it a hot one.
    bool long_poll = false;
};

// The attempts of one call.
class retry_attempts
{
public:
    retry_attempts(retry_quota& quota, retry_policy policy) noexcept
        : quota_(quota), policy_(policy)
    {}

    struct decision
    {
        bool again; // false: return the error, after the delay
        std::chrono::milliseconds delay;
    };

    // An attempt ended with this. `random` is evenly distributed in [0, 1); `hint` is what the
    // service said in x-amz-retry-after.
    [[nodiscard]] decision failed(fault what, double random,
                                  std::optional<std::chrono::milliseconds> hint) noexcept;
    void succeeded() noexcept;

    [[nodiscard]] int attempt() const noexcept { return attempt_; }

private:
    [[nodiscard]] std::chrono::milliseconds
    delay(fault what, double random, std::optional<std::chrono::milliseconds> hint) const noexcept;

    retry_quota& quota_;
    retry_policy policy_;
    int attempt_ = 1; // the one under way
    int last_cost_ = 0;
};

// A whole number of milliseconds; anything else is ignored, as the SDKs do.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text);

// AWS_MAX_ATTEMPTS, then max_attempts of the profile, else three. Throws settings_error.
[[nodiscard]] int configured_attempts(const environment& variables, const shared_config& config);

} // namespace sluice::aws
