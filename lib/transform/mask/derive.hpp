// HKDF with SHA-256 (RFC 5869): keys for one use each, out of one key.
#pragma once

#include <span>
#include <string_view>

namespace sluice::mask {

// Fills `into` with what belongs to `key` and `purpose`. False if OpenSSL fails.
[[nodiscard]] bool derive(std::span<const unsigned char> key, std::string_view purpose,
                          std::span<unsigned char> into);

} // namespace sluice::mask
