// Logging in to a database of RDS with a token of AWS: `login: rds_iam`.
#pragma once

#include "aws/credentials.hpp"
#include "aws/rds_token.hpp"
#include "config/settings.hpp"
#include "config/units.hpp"
#include "core/asio_clock.hpp"
#include "core/random.hpp"
#include "sink/postgres/login_url.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sluice::daemon {

// What is wrong with a URL for it: a token is for one host and one user, and no other may see it.
// Quotes nothing of the URL.
[[nodiscard]] std::optional<config::problem> check_rds_url(const secret& url);

// Makes a token for each connection, by the keys that there are then. Must not outlive the
// clock; belongs to the executor of the provider.
class rds_tokens final : public postgres::password_source
{
public:
    rds_tokens(aws::rds_login who, std::shared_ptr<aws::credentials_provider> keys, clock& time)
        : who_(std::move(who)), keys_(std::move(keys)), clock_(time)
    {}

    awaitable<secret> make() override;

private:
    aws::rds_login who_;
    std::shared_ptr<aws::credentials_provider> keys_;
    clock& clock_;
};

// The URL of a sink, and whoever makes its passwords, if the sink says so. Reads the environment
// and the shared AWS files. Throws aws::settings_error.
[[nodiscard]] postgres::login_url login_of(const config::postgres_sink& to,
                                           std::shared_ptr<aws::credentials_provider> keys,
                                           clock& time);

// Who we are to AWS, for a command that speaks with no other service. Finds it only where a sink
// needs it. Must outlive the connections.
class rds_identity
{
public:
    explicit rds_identity(asio::any_io_executor executor);

    // As login_of.
    [[nodiscard]] postgres::login_url login(const config::postgres_sink& to);

private:
    asio::any_io_executor executor_;
    asio_clock clock_;
    seeded_random random_;
    std::shared_ptr<aws::credentials_provider> keys_;
};

} // namespace sluice::daemon
