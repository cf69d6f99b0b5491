// The way to one queue: where it is, who we are there, and the connections to it.
#pragma once

#include "aws/client_settings.hpp"
#include "config/settings.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"
#include "source/sqs/client.hpp"
#include "source/sqs/request_counters.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::daemon {

// Belongs to the executor. Must outlive the calls of its client.
class queue_access
{
public:
    // Reads the environment and the shared AWS files. Throws aws::settings_error, or system_error
    // for certificates that cannot be read.
    queue_access(asio::any_io_executor executor, clock& time, random_source& random,
                 const config::sqs_source& from);

    [[nodiscard]] sqs::client& client() noexcept { return client_; }
    [[nodiscard]] const sqs::request_counters& requests() const noexcept { return count_; }
    // When our credentials expire; nothing: never, or none were needed yet.
    [[nodiscard]] std::optional<wall_time> credentials_expire_at() const noexcept
    {
        return settings_.credentials->expires_at();
    }
    // When the first certificate of the queue's server ends; nothing without TLS.
    [[nodiscard]] std::optional<wall_time> certificates_end() const
    {
        return tls_ ? tls_->certificates_end() : std::nullopt;
    }
    [[nodiscard]] const std::shared_ptr<aws::credentials_provider>& credentials() const noexcept
    {
        return settings_.credentials;
    }
    // What works, but is probably not meant.
    [[nodiscard]] const std::vector<std::string>& warnings() const noexcept
    {
        return settings_.warnings;
    }
    // Goes on with the counts of another way to this queue, which is used no more.
    void follow(const queue_access& before) { count_ = before.count_; }
    // What was read beside the configuration: the authorities to trust, the AWS profiles.
    [[nodiscard]] std::vector<std::string> files() const;
    // "127.0.0.1:9324", where the requests go.
    [[nodiscard]] std::string server() const { return settings_.endpoint.authority(); }

private:
    [[nodiscard]] aws::json_service service() const;
    [[nodiscard]] net::http_client_options connections(std::size_t most) const;

    aws::client_settings settings_;
    std::shared_ptr<net::tls_client> tls_; // null for plain http
    net::http_client polls_;
    net::http_client calls_;
    sqs::request_counters count_;
    sqs::caller caller_;
    sqs::client client_;
};

} // namespace sluice::daemon
