#include "aws/identity/refreshing_credentials.hpp"

#include "core/log.hpp"

#include <fmt/format.h>

#include <utility>

namespace sluice::aws {
namespace {

// Whoever waited looks again, however the fetch ended.
class fetch_mark
{
public:
    fetch_mark(bool& fetching, condition& ended) noexcept : fetching_(fetching), ended_(ended)
    {
        fetching_ = true;
    }
    fetch_mark(const fetch_mark&) = delete;
    fetch_mark& operator=(const fetch_mark&) = delete;
    ~fetch_mark()
    {
        fetching_ = false;
        ended_.notify_all();
    }

private:
    bool& fetching_;
    condition& ended_;
};

} // namespace

refreshing_credentials::refreshing_credentials(clock& time, random_source& random,
                                               std::unique_ptr<credentials_source> from)
    : clock_(time),
      random_(random),
      from_(std::move(from)),
      plan_(from_->outlives_expiry()),
      fetch_ended_(time)
{}

awaitable<credentials_ptr> refreshing_credentials::get()
{
    for (;;) {
        const refresh_plan::step next = plan_.next(clock_.now());
        if (next == refresh_plan::step::fail)
            throw credentials_error(last_error_);
        if (next == refresh_plan::step::use || (next == refresh_plan::step::refresh && fetching_))
            co_return current_;
        if (fetching_)
            co_await fetch_ended_.wait();
        else
            co_await fetch();
    }
}

void refreshing_credentials::refuse(const credentials_ptr& which)
{
    if (which == current_)
        plan_.refused(clock_.now());
}

std::optional<wall_time> refreshing_credentials::expires_at() const noexcept
{
    return current_ ? current_->expires_at : std::nullopt;
}

awaitable<void> refreshing_credentials::fetch()
{
    const fetch_mark mark(fetching_, fetch_ended_);
    std::string why;
    try {
        credentials fresh = co_await from_->fetch();
        fetched(std::move(fresh));
        co_return;
    } catch (const settings_error& error) {
        why = error.what();
    }
    failed(std::move(why));
}

void refreshing_credentials::fetched(credentials fresh)
{
    const auto life =
        fresh.expires_at
            ? std::optional<steady_clock::duration>(*fresh.expires_at - clock_.wall_now())
            : std::nullopt;
    plan_.fetched(clock_.now(), life, random_);
    current_ = std::make_shared<const credentials>(std::move(fresh));
    if (!last_error_.empty())
        log::info("aws", "credentials of {} are given again", from_->name());
    last_error_.clear();
    reminder_.reset();
    if (life && *life <= life->zero())
        warn("they have expired already by our clock; used until AWS refuses them");
}

void refreshing_credentials::failed(std::string why)
{
    last_error_ = fmt::format("no AWS credentials of {}: {}", from_->name(), why);
    plan_.failed(clock_.now(), random_);
    warn(why);
}

void refreshing_credentials::warn(const std::string& why)
{
    if (reminder_.due(clock_.now()))
        log::warning("aws", "credentials of {}: {}", from_->name(), why);
}

} // namespace sluice::aws
