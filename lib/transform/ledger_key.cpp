#include "transform/ledger_key.hpp"

#include "core/big_endian.hpp"
#include "transform/mask/evp.hpp"
#include "transform/uuid.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice::transform {
ledger_key key_of(const message& from)
{
    ledger_key id;
    if (!read_uuid(from.id, id)) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
        if (EVP_Digest(from.id.data(), from.id.size(), digest.data(), nullptr, EVP_sha256(),
                       nullptr) != 1)
            throw mask::crypto_error("OpenSSL offers no SHA-256");
        std::copy_n(digest.begin(), id.size(), id.begin());
    }
    const auto sent = static_cast<std::uint64_t>(from.sent_at.time_since_epoch().count());
    store_big_endian(id.data(), static_cast<std::uint32_t>(sent >> 16));
    store_big_endian(id.data() + 4, static_cast<std::uint16_t>(sent));
    return id;
}

} // namespace sluice::transform
