// The identity of a message in sluice.ledger.
#pragma once

#include "core/delivery.hpp"

#include <array>

namespace sluice::transform {

// 48 bits of SentTimestamp, then 80 bits of the MessageId, so that keys ascend with time and a
// redelivery has the same one.
using ledger_key = std::array<unsigned char, 16>;

// An id that is no UUID is hashed. Throws crypto_error if OpenSSL cannot.
[[nodiscard]] ledger_key key_of(const message& from);

} // namespace sluice::transform
