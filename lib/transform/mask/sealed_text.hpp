// The text form of a masked value: `p1.<key id>.<base64url>` for what can be opened again with the
// key, `t1.<key id>.<base64url>` for what cannot. The digit is the version of the format.
#pragma once

#include "core/encoding.hpp"
#include "transform/mask/keyring.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::mask {

inline constexpr std::size_t tag_bytes = 16;
inline constexpr std::size_t token_bytes = 16;

// What was sealed: the first byte of every sealed text, so that none is empty.
enum class content : unsigned char
{
    text = 1,  // the exact bytes of a text
    inet = 2,  // four or sixteen bytes of an address
    bytes = 3, // anything: the body of a dead letter
};

enum class form : char
{
    sealed = 'p', // AES-256-SIV: tag, then the encrypted type byte and value
    token = 't',  // HMAC-SHA-256, the first sixteen bytes
};

// "p1.k7q2m9."
[[nodiscard]] std::string prefix_of(form of, std::string_view key_id);

// The size of the whole text for a clear value of so many bytes.
[[nodiscard]] constexpr std::size_t sealed_size(std::size_t prefix_bytes,
                                                std::size_t clear_bytes) noexcept
{
    return prefix_bytes + base64url_size(tag_bytes + 1 + clear_bytes);
}

struct sealed_parts
{
    form of;
    std::string_view key_id;
    byte_string bytes;
};

// Strict: the one text that the parts stand for, or nothing.
[[nodiscard]] std::optional<sealed_parts> parse_sealed(std::string_view text);

} // namespace sluice::mask
