// Credentials that are renewed before they run out.
#pragma once

#include "aws/identity/refresh_plan.hpp"
#include "aws/identity/source.hpp"
#include "core/condition.hpp"
#include "core/reminder.hpp"

#include <memory>

namespace sluice::aws {

// Whoever finds that it is time asks the source; meanwhile the others go on with what there is, or
// wait where there is nothing. Not thread-safe: belongs to one executor.
class refreshing_credentials final : public credentials_provider
{
public:
    refreshing_credentials(clock& time, random_source& random,
                           std::unique_ptr<credentials_source> from);

    awaitable<credentials_ptr> get() override;
    void refuse(const credentials_ptr& which) override;
    [[nodiscard]] std::optional<wall_time> expires_at() const noexcept override;
    [[nodiscard]] std::string origin() const override { return from_->name(); }

private:
    awaitable<void> fetch();
    void fetched(credentials fresh);
    void failed(std::string why);
    void warn(const std::string& why);

    clock& clock_;
    random_source& random_;
    std::unique_ptr<credentials_source> from_;
    refresh_plan plan_;
    credentials_ptr current_;
    std::string last_error_;
    reminder reminder_; // of the trouble
    bool fetching_ = false;
    condition fetch_ended_;
};

} // namespace sluice::aws
