// The Security Token Service: credentials of a role for a while.
#pragma once

#include "aws/clock_skew.hpp"
#include "aws/identity/plain_http.hpp"

namespace sluice::aws {

// An error that STS has answered.
class sts_error : public credentials_error
{
public:
    sts_error(std::string code, const std::string& text)
        : credentials_error(text), code_(std::move(code))
    {}

    [[nodiscard]] const std::string& code() const noexcept { return code_; }

private:
    std::string code_;
};

struct role_wish
{
    std::string role_arn;
    std::string session_name{}; // empty: one of our own
    std::string external_id{};
    std::string duration_seconds{}; // empty: an hour
};

// Not thread-safe.
class sts
{
public:
    struct place
    {
        net::url endpoint;
        std::string region; // that requests are signed for
    };

    sts(std::shared_ptr<plain_http> http, clock& time, place where);

    // Who holds the token of an identity provider is not asked for a signature.
    awaitable<credentials> assume_with_token(const role_wish& role, const secret& token);

    awaitable<credentials> assume(const role_wish& role, const credentials& by);

private:
    using parameters = std::vector<std::pair<std::string, std::string>>;

    [[nodiscard]] parameters start(std::string action, const role_wish& role) const;
    [[nodiscard]] plain_request request(const parameters& from) const;
    void sign(plain_request& what, const credentials& by) const;
    awaitable<plain_answer> ask(plain_request what);

    std::shared_ptr<plain_http> http_;
    clock& clock_;
    place where_;
    clock_skew skew_;
};

} // namespace sluice::aws
