// Who we are to AWS, and where to learn it.
#pragma once

#include "core/asio.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sluice::aws {

struct credentials
{
    std::string access_key_id;
    secret secret_access_key;
    secret session_token;                // empty for the keys of a user
    std::optional<wall_time> expires_at; // nothing: never
};

// Shared, never changed: whoever derives something from them keeps the pointer, and derives again
// when it changes.
using credentials_ptr = std::shared_ptr<const credentials>;

// Not thread-safe.
class credentials_provider
{
public:
    credentials_provider() = default;
    credentials_provider(const credentials_provider&) = delete;
    credentials_provider& operator=(const credentials_provider&) = delete;
    virtual ~credentials_provider() = default;

    // Credentials that are valid as far as is known. Throws if there are none.
    virtual awaitable<credentials_ptr> get() = 0;

    // The service has refused these: get others if there are any.
    virtual void refuse(const credentials_ptr& which) = 0;

    // When the last ones that were given out expire; nothing: never, or none were yet.
    [[nodiscard]] virtual std::optional<wall_time> expires_at() const noexcept = 0;

    // Who gives them, for messages: "the environment".
    [[nodiscard]] virtual std::string origin() const = 0;
};

// Keys that were given once and for all.
class static_credentials final : public credentials_provider
{
public:
    static_credentials(credentials keys, std::string origin)
        : keys_(std::make_shared<const credentials>(std::move(keys))), origin_(std::move(origin))
    {}

    awaitable<credentials_ptr> get() override { co_return keys_; }
    void refuse(const credentials_ptr&) override {} // there are no others
    [[nodiscard]] std::optional<wall_time> expires_at() const noexcept override
    {
        return keys_->expires_at;
    }
    [[nodiscard]] std::string origin() const override { return origin_; }

private:
    credentials_ptr keys_;
    std::string origin_;
};

} // namespace sluice::aws
