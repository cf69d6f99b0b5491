// Fills a queue with sample logins, without HTTP: a benchmark needs no sender.
#pragma once

#include "sqs_server/model/account.hpp"
#include "sqs_server/model/digest.hpp"
#include "sqs_server/model/random.hpp"

#include <cstdint>
#include <string>

namespace sluice::sqs_server {

struct prefill_options
{
    std::string queue; // a name
    std::uint64_t messages = 0;
    std::uint64_t body_bytes = 0; // the least that a login has; 0: as they come
    double repeated = 0;          // the share of messages whose body was sent before
    double others = 0;            // the share of messages that are no logins
    std::uint64_t seed = 1;
};

struct prefill_result
{
    std::uint64_t logins = 0;
    std::uint64_t repeated = 0;
    std::uint64_t others = 0;
    std::uint64_t body_bytes = 0;
};

// Makes bodies; the same seed makes the same ones.
class sample_logins
{
public:
    explicit sample_logins(const prefill_options& options)
        : options_(options), random_(options.seed)
    {}

    enum class kind
    {
        login,
        repeated, // the body of an earlier login once more
        other,    // no login at all
    };

    struct sample
    {
        kind what;
        std::string body;
    };

    [[nodiscard]] sample next();

private:
    [[nodiscard]] std::string login();
    [[nodiscard]] std::string other();

    prefill_options options_;
    random_source random_;
    std::string earlier_; // a login that may be repeated
};

prefill_result prefill(queue& into, const prefill_options& options, wall_time now);

} // namespace sluice::sqs_server
