// Internet addresses, as text and as PostgreSQL's inet has them on the wire: family, prefix length,
// a zero, the number of bytes, the bytes (PostgreSQL source, network.c).
#pragma once

#include "core/byte_buffer.hpp"
#include "transform/refusal.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluice::transform {

struct network_address
{
    std::array<unsigned char, 16> storage{};
    std::uint8_t size = 0;        // 4 or 16
    std::uint8_t prefix_bits = 0; // all bits: a host

    [[nodiscard]] std::span<const unsigned char> bytes() const noexcept
    {
        return std::span(storage).first(size);
    }
    [[nodiscard]] bool is_host() const noexcept { return prefix_bits == size * 8; }
};

// "192.0.2.1", "2001:db8::1", either with "/24" behind it.
[[nodiscard]] verdict read_address(std::string_view text, network_address& into) noexcept;

// The network that a host is in, near enough for statistics and too wide to name a person: 24 bits
// of IPv4, 48 of IPv6.
[[nodiscard]] network_address truncated(const network_address& host) noexcept;

void append_binary(const network_address& from, byte_buffer& out);
[[nodiscard]] bool from_binary(std::string_view bytes, network_address& into) noexcept;

// As PostgreSQL shows it: a host without its prefix length.
[[nodiscard]] std::string to_text(const network_address& from);

} // namespace sluice::transform
