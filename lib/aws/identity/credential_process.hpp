// A program of the user's that prints credentials: credential_process of a profile.
#pragma once

#include "aws/identity/child_process.hpp"
#include "aws/identity/source.hpp"

namespace sluice::aws {

class credential_process final : public credentials_source
{
public:
    // `where` names the profile. Throws settings_error for a command that is none.
    credential_process(clock& time, const std::string& command, const std::string& where);

    awaitable<credentials> fetch() override;
    [[nodiscard]] std::string name() const override { return "credential_process"; }

private:
    clock& clock_;
    std::vector<std::string> words_;
};

} // namespace sluice::aws
