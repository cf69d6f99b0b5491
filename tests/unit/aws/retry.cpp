#include "aws/retry.hpp"

#include "aws/settings_error.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using aws::fault;
using aws::retry_attempts;
using aws::retry_quota;
using Catch::Matchers::Contains;

namespace {

constexpr double nearly_one = 0.999999;

aws::shared_config profile(aws::properties values)
{
    aws::profile_set set;
    set.profiles["default"].values = std::move(values);
    return {std::move(set), "default"};
}

void empty(retry_quota& quota)
{
    while (quota.take(1)) {}
}

} // namespace

TEST_CASE("retry: three attempts, and no sleep after the last")
{
    retry_quota quota;
    retry_attempts call(quota, {});
    CHECK(call.attempt() == 1);
    CHECK(call.failed(fault::transient, 0.5, {}).again);
    CHECK(call.attempt() == 2);
    CHECK(call.failed(fault::transient, 0.5, {}).again);
    CHECK(call.attempt() == 3);
    const auto last = call.failed(fault::transient, 0.5, {});
    CHECK_FALSE(last.again);
    CHECK(last.delay == 0ms);
}

TEST_CASE("retry: what another attempt cannot cure is not tried, and costs nothing")
{
    retry_quota quota;
    for (const fault what :
         {fault::over_limit, fault::credentials_refused, fault::forbidden, fault::no_queue,
          fault::stale_handle, fault::bad_request, fault::unexpected}) {
        retry_attempts call(quota, {});
        const auto verdict = call.failed(what, 0.5, 1'000ms);
        CHECK_FALSE(verdict.again);
        CHECK(verdict.delay == 0ms);
    }
    CHECK(quota.available() == retry_quota::capacity);
}

TEST_CASE("retry: the delay doubles from its base up to 20 seconds, all of it at random")
{
    struct series
    {
        fault what;
        std::vector<std::chrono::milliseconds> most;
    };
    for (const series& each :
         {series{fault::transient,
                 {50ms, 100ms, 200ms, 400ms, 800ms, 1'600ms, 3'200ms, 6'400ms, 12'800ms, 20'000ms,
                  20'000ms}},
          series{fault::throttled, {1'000ms, 2'000ms, 4'000ms, 8'000ms, 16'000ms, 20'000ms}}}) {
        for (const double random : {0.0, 0.25, nearly_one}) {
            retry_quota quota;
            retry_attempts call(quota, {.attempts_max = 100});
            for (const auto most : each.most) {
                const auto expected = static_cast<double>(most.count()) * random;
                const auto verdict = call.failed(each.what, random, {});
                CHECK(verdict.again);
                CHECK(verdict.delay == std::chrono::milliseconds(static_cast<long>(expected)));
            }
        }
    }
}

TEST_CASE("retry: a hint of the service lengthens the delay, within bounds")
{
    const auto delay = [](double random, std::chrono::milliseconds hint) {
        retry_quota quota;
        return retry_attempts(quota, {}).failed(fault::throttled, random, hint).delay;
    };
    CHECK(delay(0.5, 100ms) == 500ms);      // shorter than our own
    CHECK(delay(0.5, 2'000ms) == 2'000ms);  // longer
    CHECK(delay(0.5, 60'000ms) == 5'500ms); // at most five seconds longer
    CHECK(delay(0.0, 0ms) == 0ms);
}

TEST_CASE("retry: a hint that is no whole number of milliseconds is ignored")
{
    CHECK(aws::parse_retry_after("1500") == 1'500ms);
    CHECK(aws::parse_retry_after("0") == 0ms);
    for (const char* const bad : {"", "-1", "1.5", "1s", " 1", "abc", "99999999999999999999",
                                  "Thu, 15 Jan 2026 09:30:00 GMT"})
        CHECK_FALSE(aws::parse_retry_after(bad).has_value());
}

TEST_CASE("retry: the quota pays 14 for trouble and 5 for throttling")
{
    retry_quota quota;
    retry_attempts call(quota, {});
    CHECK(call.failed(fault::transient, 0, {}).again);
    CHECK(quota.available() == 486);
    CHECK(call.failed(fault::throttled, 0, {}).again);
    CHECK(quota.available() == 481);
}

TEST_CASE("retry: success gives back the last price, or one at the first attempt, up to the brim")
{
    retry_quota quota;
    retry_attempts(quota, {}).succeeded();
    CHECK(quota.available() == 500); // full is full
    retry_attempts call(quota, {});
    CHECK(call.failed(fault::transient, 0, {}).again);
    CHECK(call.failed(fault::throttled, 0, {}).again);
    call.succeeded();
    CHECK(quota.available() == 486);
    retry_attempts(quota, {}).succeeded();
    CHECK(quota.available() == 487);
}

TEST_CASE("retry: with an empty quota nothing is tried again, but a polled call still waits")
{
    retry_quota quota;
    empty(quota);
    const auto other = retry_attempts(quota, {}).failed(fault::transient, 0.5, {});
    CHECK_FALSE(other.again);
    CHECK(other.delay == 0ms);
    retry_attempts poll(quota, {.long_poll = true});
    const auto verdict = poll.failed(fault::throttled, 0.5, 700ms);
    CHECK_FALSE(verdict.again);
    CHECK(verdict.delay == 700ms);
    CHECK(poll.attempt() == 1);
}

TEST_CASE("retry: a quota that has less than the price pays nothing")
{
    retry_quota quota;
    empty(quota);
    quota.give_back(13);
    CHECK_FALSE(retry_attempts(quota, {}).failed(fault::transient, 0, {}).again);
    CHECK(quota.available() == 13);
    CHECK(retry_attempts(quota, {}).failed(fault::throttled, 0, {}).again);
    CHECK(quota.available() == 8);
}

TEST_CASE("retry: the number of attempts comes from the environment, the profile, or is three")
{
    using variables = std::map<std::string, std::string, std::less<>>;
    const auto attempts = [](variables set, aws::properties values) {
        return aws::configured_attempts(aws::environment(std::move(set)),
                                        profile(std::move(values)));
    };
    CHECK(attempts({}, {}) == 3);
    CHECK(attempts({{"AWS_MAX_ATTEMPTS", "5"}}, {{"max_attempts", "7"}}) == 5);
    CHECK(attempts({}, {{"max_attempts", "1"}}) == 1);
    for (const char* const bad : {"0", "-1", "x", "1.5", "101", "99999999999"}) {
        CHECK_THROWS_WITH(attempts({{"AWS_MAX_ATTEMPTS", bad}}, {}),
                          Contains("AWS_MAX_ATTEMPTS is \"" + std::string(bad)));
        CHECK_THROWS_WITH(attempts({}, {{"max_attempts", bad}}),
                          Contains("max_attempts of the AWS profile \"default\""));
    }
}
