#include "aws/retry.hpp"

#include "aws/settings_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

namespace sluice::aws {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds transient_base{50};
constexpr milliseconds throttled_base{1'000};
constexpr milliseconds delay_max{20'000};
constexpr milliseconds hint_excess_max{5'000}; // how far a hint may lengthen our own delay
constexpr int attempts_bound = 100;

template <class Number>
std::optional<Number> parse_number(std::string_view text)
{
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stop, ec] = std::from_chars(text.data(), end, value);
    if (ec != std::errc() || stop != end || value < 0)
        return std::nullopt;
    return value;
}

int cost_of(fault what) noexcept
{
    return what == fault::throttled ? retry_quota::throttled_cost : retry_quota::transient_cost;
}

} // namespace

bool retry_quota::take(int cost) noexcept
{
    if (cost > available_)
        return false;
    available_ -= cost;
    return true;
}

void retry_quota::give_back(int amount) noexcept
{
    available_ = std::min(available_ + amount, capacity);
}

milliseconds retry_attempts::delay(fault what, double random,
                                   std::optional<milliseconds> hint) const noexcept
{
    assert(random >= 0 && random < 1);
    const milliseconds base = what == fault::throttled ? throttled_base : transient_base;
    const double full = static_cast<double>(base.count()) * std::exp2(attempt_ - 1);
    const double bounded = std::min(full, static_cast<double>(delay_max.count()));
    const milliseconds own{static_cast<milliseconds::rep>(random * bounded)};
    if (!hint)
        return own;
    return std::max(own, std::min(*hint, own + hint_excess_max));
}

retry_attempts::decision retry_attempts::failed(fault what, double random,
                                                std::optional<milliseconds> hint) noexcept
{
    if (!is_retryable(what) || attempt_ >= policy_.attempts_max)
        return {.again = false, .delay = milliseconds(0)};
    const milliseconds pause = delay(what, random, hint);
    const int cost = cost_of(what);
    if (!quota_.take(cost))
        return {.again = false, .delay = policy_.long_poll ? pause : milliseconds(0)};
    last_cost_ = cost;
    ++attempt_;
    return {.again = true, .delay = pause};
}

void retry_attempts::succeeded() noexcept
{
    quota_.give_back(attempt_ == 1 ? 1 : last_cost_);
}

std::optional<milliseconds> parse_retry_after(std::string_view text)
{
    const auto count = parse_number<std::int32_t>(text);
    if (!count)
        return std::nullopt;
    return milliseconds(*count);
}

int configured_attempts(const environment& variables, const shared_config& config)
{
    std::string where = "AWS_MAX_ATTEMPTS";
    std::string text = variables.find(where).value_or("");
    if (text.empty()) {
        where = fmt::format("max_attempts of the AWS profile \"{}\"", config.profile_name());
        text = config.profile().value("max_attempts");
    }
    if (text.empty())
        return retry_policy{}.attempts_max;
    const auto attempts = parse_number<int>(text);
    if (!attempts || *attempts < 1 || *attempts > attempts_bound)
        throw settings_error(fmt::format("{} is \"{}\"; set it to a whole number from 1 to {}",
                                         where, text, attempts_bound));
    return *attempts;
}

} // namespace sluice::aws
