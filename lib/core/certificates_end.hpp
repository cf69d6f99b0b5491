// When the certificates of a TLS connection stop being good, so that somebody can be told in time.
#pragma once

#include "core/time.hpp"

#include <optional>

struct ssl_st; // SSL of OpenSSL

namespace sluice {

// The end of the first to end (RFC 5280, 4.1.2.5) among those of the peer's chain, up to the
// authority that we trust where it was checked, and our own, if we showed one. Nothing when there
// is none to see, as after a resumed session. After the handshake; throws nothing.
[[nodiscard]] std::optional<wall_time> certificates_end(const ssl_st* connection) noexcept;

// The earlier of the two; nothing is no time.
[[nodiscard]] std::optional<wall_time> earlier(std::optional<wall_time> one,
                                               std::optional<wall_time> other) noexcept;

} // namespace sluice
