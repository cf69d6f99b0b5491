// A role that other credentials may take on.
#pragma once

#include "aws/identity/sts.hpp"

namespace sluice::aws {

class assumed_role final : public credentials_source
{
public:
    assumed_role(sts from, role_wish role, std::unique_ptr<credentials_provider> by)
        : sts_(std::move(from)), role_(std::move(role)), by_(std::move(by))
    {}

    awaitable<credentials> fetch() override;
    [[nodiscard]] std::string name() const override { return "the role " + role_.role_arn; }

private:
    sts sts_;
    role_wish role_;
    std::unique_ptr<credentials_provider> by_;
};

} // namespace sluice::aws
