// Text forms of bytes: lower-case hex and base64, plain (RFC 4648, section 4) and for URLs
// (section 5, unpadded).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

using byte_string = std::vector<unsigned char>;

// Writes two characters a byte to `out`.
void to_hex(std::span<const unsigned char> in, char* out) noexcept;
[[nodiscard]] std::string to_hex(std::span<const unsigned char> in);

// Nothing unless `in` is hex digits of either case, an even number of them.
[[nodiscard]] std::optional<byte_string> from_hex(std::string_view in);

[[nodiscard]] constexpr std::size_t base64url_size(std::size_t bytes) noexcept
{
    return (bytes * 4 + 2) / 3;
}

// Writes base64url_size(in.size()) characters to `out`.
void to_base64url(std::span<const unsigned char> in, char* out) noexcept;
[[nodiscard]] std::string to_base64url(std::span<const unsigned char> in);
[[nodiscard]] std::string to_base64(std::span<const unsigned char> in);

// Strict: no padding, no white space, no stray bits in the last character. Nothing if malformed.
[[nodiscard]] std::optional<byte_string> from_base64url(std::string_view in);
// Strict: padded, no white space, no stray bits. Nothing if malformed.
[[nodiscard]] std::optional<byte_string> from_base64(std::string_view in);

// Appends the text as a JSON string with its quotes (RFC 8259, 7), control characters as \u00NN.
// What is no UTF-8 stays as it is.
void append_json_string(std::string& out, std::string_view text);

[[nodiscard]] inline std::span<const unsigned char> as_bytes(std::string_view text) noexcept
{
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

[[nodiscard]] inline std::string_view as_text(std::span<const unsigned char> bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace sluice
