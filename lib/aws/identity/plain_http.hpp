// Single requests to the servers that hand out credentials: once an hour, so each on a connection
// of its own.
#pragma once

#include "aws/identity/source.hpp"
#include "core/random.hpp"
#include "core/secret.hpp"
#include "net/http_client.hpp"
#include "net/url.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::aws {

inline constexpr unsigned status_ok = 200;

struct plain_field
{
    std::string name;
    secret value; // often a token
};

struct plain_request
{
    std::string method = "GET";
    net::url to{};
    std::vector<plain_field> fields{}; // beside Host and Content-Length
    secret body{};
};

struct plain_answer
{
    unsigned status = 0;
    std::optional<wall_time> date{};
    secret body{};
};

// How long and how often a server is asked.
struct patience
{
    std::chrono::milliseconds answer_time_max{1'000}; // of an attempt, from look-up to last byte
    int attempts_max = 3;
    std::chrono::milliseconds pause{500}; // before the next attempt
};

// What the sources of credentials need of the world.
struct identity_world
{
    asio::any_io_executor executor;
    clock& time;
    random_source& random;
    net::resolve_function resolve{}; // none: the operating system's
};

// Not thread-safe.
class plain_http
{
public:
    static constexpr std::size_t answer_bytes_max = 64 * 1024;

    // `authorities_file`: whom https trusts; empty: the authorities of the system.
    plain_http(const identity_world& around, std::string authorities_file);

    using verdict = std::function<bool(const plain_answer&)>;

    // Asks again when there was no answer, a status of 5xx or 429, or one that `is_worth_more`.
    // Returns the last answer; throws credentials_error if there was none.
    awaitable<plain_answer> ask(plain_request what, patience how, verdict is_worth_more = {});

private:
    awaitable<plain_answer> ask_once(const plain_request& what,
                                     std::chrono::milliseconds answer_time_max);
    [[nodiscard]] net::http_client_options options_for(const net::url& to);

    asio::any_io_executor executor_;
    clock& clock_;
    net::resolve_function resolve_;
    std::string authorities_file_;
    std::shared_ptr<net::tls_client> tls_; // made for the first https
};

} // namespace sluice::aws
