// The typed form of the configuration file. Plain data with the defaults that `sluice check
// --defaults` prints; `load` fills it, everybody else reads it. Bounds are checked by the loader.
#pragma once

#include "config/record_settings.hpp"
#include "core/log.hpp"
#include "core/secret.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

using std::chrono::milliseconds;
using std::chrono::seconds;

// ---- source ------------------------------------------------------------------------------------

struct fetcher_range
{
    std::size_t min = 1;
    std::size_t max = 40;

    bool operator==(const fetcher_range&) const = default;
};

struct sqs_source
{
    std::string queue_url;
    std::string endpoint; // empty: the region's own endpoint
    std::string region;   // empty: from the queue URL, the environment, or the profile
    fetcher_range fetchers;
    seconds wait{20};
    std::optional<seconds> visibility; // nothing: the queue's own timeout
    milliseconds max_hold = std::chrono::minutes{10};
    milliseconds delete_linger{50};
    int line = 0;

    // SQS allows a dot in no other name. A MessageGroupId proves nothing: standard queues have it,
    // too, for fairness.
    [[nodiscard]] bool is_fifo() const noexcept { return queue_url.ends_with(".fifo"); }

    bool operator==(const sqs_source&) const = default;
};

// ---- sink --------------------------------------------------------------------------------------

struct batch_limits
{
    std::size_t rows = 1000;
    std::size_t bytes = std::size_t{1} << 20;
    milliseconds linger{50};

    bool operator==(const batch_limits&) const = default;
};

// How we show the database who we are.
enum class database_login
{
    url,     // as the URL says: a password, a password file, a certificate
    rds_iam, // with a token of AWS, made for each connection
};

struct postgres_sink
{
    secret url; // libpq URI or key=value string
    database_login login = database_login::url;
    std::string schema = "public";
    std::string table;
    bool create = true;
    batch_limits batch;
    std::size_t connections = 1;
    seconds statement_timeout{30};
    seconds lock_timeout{10};
    std::size_t pipeline_depth = 2;
    int line = 0;

    bool operator==(const postgres_sink&) const = default;
};

// ---- pipeline ----------------------------------------------------------------------------------

struct limits
{
    std::size_t in_flight_messages = 20000;
    std::size_t in_flight_bytes = std::size_t{64} << 20;
    std::size_t json_depth = 64;
    bool duplicate_keys_rejected = true; // `duplicate_keys: reject`

    bool operator==(const limits&) const = default;
};

// Too many dead letters within a window: a pause.
struct brake
{
    bool on = true;
    std::size_t share_percent = 20; // of the messages
    std::size_t count = 1000;       // and at least so many dead letters
    seconds window{60};

    bool operator==(const brake&) const = default;
};

// How many daemons are wanted, as the metric sluice_desired_replicas tells an autoscaler.
struct scale
{
    seconds target_age = std::chrono::minutes{2};
    std::size_t max = 20;

    bool operator==(const scale&) const = default;
};

// One test of the file: a body, and the row or the dead-letter reason that it must become.
struct record_test
{
    std::string in;
    std::vector<std::pair<std::string, std::string>> attributes;         // name -> value
    std::vector<std::pair<std::string, std::optional<std::string>>> row; // column -> text or null
    std::optional<std::string> dead_letter; // `reason` or `reason column`
    int line = 0;

    bool operator==(const record_test&) const = default;
};

struct pipeline
{
    std::string name;
    sqs_source source;
    config::record record;
    postgres_sink sink;
    config::brake brake;
    config::limits limits;
    config::scale scale;
    std::vector<record_test> tests;
    int line = 0;

    bool operator==(const pipeline&) const = default;
};

struct admin
{
    std::string address = "127.0.0.1";
    std::uint16_t port = 9464;
    secret token;

    bool operator==(const admin&) const = default;
};

// Transform threads of the process, given or by "auto".
inline constexpr std::size_t workers_max = 64;

struct settings
{
    std::string file; // the path that was read, for messages
    std::vector<pipeline> pipelines;
    std::string keyring;     // path; empty: no keyring
    std::size_t workers = 0; // 0: cores minus I/O threads, within 1 and workers_max
    config::admin admin;
    milliseconds shutdown_deadline = seconds{20};
    log::level log_level = log::level::info;
    log::format log_format = log::format::automatic;
    std::string hash; // SHA-256 of the file's text, first 16 hex digits: marks dead letters
};

} // namespace sluice::config
