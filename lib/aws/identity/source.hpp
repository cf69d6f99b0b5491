// One way to be given credentials: a server, a file, a program.
#pragma once

#include "aws/credentials.hpp"
#include "aws/settings_error.hpp"

#include <string>

namespace sluice::aws {

// Why a source gave none: one line for people, without anything that is secret.
class credentials_error : public settings_error
{
public:
    using settings_error::settings_error;
};

// Not thread-safe; one fetch at a time.
class credentials_source
{
public:
    credentials_source() = default;
    credentials_source(const credentials_source&) = delete;
    credentials_source& operator=(const credentials_source&) = delete;
    virtual ~credentials_source() = default;

    // Asks for a new set, within seconds. Throws credentials_error, or
    // system_error(operation_aborted) when it is cancelled.
    virtual awaitable<credentials> fetch() = 0;

    // For messages: "web identity".
    [[nodiscard]] virtual std::string name() const = 0;

    // Whether its credentials may be used beyond their date while the source is down: AWS extends
    // what the machine itself was given, and says so only when it is asked.
    [[nodiscard]] virtual bool outlives_expiry() const noexcept { return false; }
};

} // namespace sluice::aws
