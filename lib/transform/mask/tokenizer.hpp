// Replaces the values of one domain by tokens: equal for equal values, and nothing opens them.
// Whoever has the key can still find a value by trying all there are, so it is guarded like any
// other.
#pragma once

#include "core/byte_buffer.hpp"
#include "transform/mask/evp.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/mask/sealed_text.hpp"

#include <string>
#include <string_view>

namespace sluice::mask {

// Not thread-safe. Allocates nothing in steady state.
class tokenizer
{
public:
    // The key of the domain is derived from the primary key (HKDF, RFC 5869). Throws crypto_error.
    tokenizer(const keyring& keys, std::string_view domain);

    [[nodiscard]] std::size_t size() const noexcept
    {
        return prefix_.size() + base64url_size(token_bytes);
    }

    // Appends the token. False if it could not be made: then `out` is as it was.
    [[nodiscard]] bool append(content what, std::string_view clear, byte_buffer& out);

private:
    evp_mac_context context_;
    std::string prefix_;
};

} // namespace sluice::mask
