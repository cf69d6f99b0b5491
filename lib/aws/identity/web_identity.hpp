// The role of a pod or of a workload elsewhere, for the token of its identity provider (IRSA).
#pragma once

#include "aws/identity/sts.hpp"

namespace sluice::aws {

class web_identity final : public credentials_source
{
public:
    web_identity(sts from, role_wish role, std::string token_file)
        : sts_(std::move(from)), role_(std::move(role)), token_file_(std::move(token_file))
    {}

    awaitable<credentials> fetch() override;
    [[nodiscard]] std::string name() const override { return "web identity"; }

private:
    sts sts_;
    role_wish role_;
    std::string token_file_;
};

} // namespace sluice::aws
