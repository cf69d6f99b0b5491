// The token that a role of a database of RDS logs in with, in place of a password: a request to
// "connect", signed by its query, and sent to nobody but the database.
#pragma once

#include "aws/credentials.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::aws {

struct rds_login
{
    std::string host; // as the database is connected to: it is signed
    std::uint16_t port = 5432;
    std::string user;
    std::string region;
};

// AWS takes no longer one. A connection that is open outlives it.
inline constexpr std::chrono::seconds rds_token_life{900};

// Computed here, without a request. Good for new connections until its life, or that of the keys,
// ends.
[[nodiscard]] secret make_rds_token(const rds_login& who, const credentials& keys, wall_time now);

} // namespace sluice::aws
