#include "transform/columns/network.hpp"

#include "transform/columns/text_scanner.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace sluice::transform {
namespace {

constexpr std::uint8_t ipv4_bytes = 4;
constexpr std::uint8_t ipv6_bytes = 16;
constexpr char ipv4_family = 2; // PGSQL_AF_INET
constexpr char ipv6_family = 3; // PGSQL_AF_INET6
constexpr std::size_t header_bytes = 4;
constexpr std::uint8_t ipv4_network_bits = 24;
constexpr std::uint8_t ipv6_network_bits = 48;

verdict no_address() noexcept
{
    return refuse(reason::unparsable, "no IPv4 or IPv6 address");
}

} // namespace

verdict read_address(std::string_view text, network_address& into) noexcept
{
    const std::size_t slash = text.find('/');
    const std::string_view host = text.substr(0, slash);
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    // A NUL inside would end the text early for inet_pton.
    if (host.size() >= terminated.size() || host.find('\0') != std::string_view::npos)
        return no_address();
    std::ranges::copy(host, terminated.begin());
    const bool is_ipv6 = host.find(':') != std::string_view::npos;
    into = {};
    into.size = is_ipv6 ? ipv6_bytes : ipv4_bytes;
    if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, terminated.data(), into.storage.data()) != 1)
        return no_address();
    into.prefix_bits = static_cast<std::uint8_t>(into.size * 8);
    if (slash == std::string_view::npos)
        return std::nullopt;
    text_scanner prefix(text.substr(slash + 1));
    const auto bits = prefix.take_number(1, 3);
    if (!bits || !prefix.at_end() || *bits > into.prefix_bits)
        return no_address();
    into.prefix_bits = static_cast<std::uint8_t>(*bits);
    return std::nullopt;
}

network_address truncated(const network_address& host) noexcept
{
    network_address out = host;
    out.prefix_bits = host.size == ipv4_bytes ? ipv4_network_bits : ipv6_network_bits;
    std::fill(out.storage.begin() + out.prefix_bits / 8, out.storage.end(),
              static_cast<unsigned char>(0));
    return out;
}

void append_binary(const network_address& from, byte_buffer& out)
{
    out.push_back(from.size == ipv4_bytes ? ipv4_family : ipv6_family);
    out.push_back(static_cast<char>(from.prefix_bits));
    out.push_back('\0'); // inet, not cidr
    out.push_back(static_cast<char>(from.size));
    std::memcpy(out.extend(from.size), from.storage.data(), from.size);
}

bool from_binary(std::string_view bytes, network_address& into) noexcept
{
    into = {};
    if (bytes.size() != header_bytes + ipv4_bytes && bytes.size() != header_bytes + ipv6_bytes)
        return false;
    into.size = static_cast<std::uint8_t>(bytes.size() - header_bytes);
    into.prefix_bits = static_cast<std::uint8_t>(bytes[1]);
    std::memcpy(into.storage.data(), bytes.data() + header_bytes, into.size);
    return into.prefix_bits <= into.size * 8;
}

std::string to_text(const network_address& from)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = from.size == ipv4_bytes ? AF_INET : AF_INET6;
    inet_ntop(family, from.storage.data(), text.data(), text.size());
    std::string out = text.data();
    if (!from.is_host())
        out += fmt::format("/{}", from.prefix_bits);
    return out;
}

} // namespace sluice::transform
