// Numbers in network byte order, at any address.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace sluice {

// One instruction each; a loop over the bytes costs a dozen, since compilers do not see through it.
[[nodiscard]] constexpr std::uint16_t swapped_bytes(std::uint16_t value) noexcept
{
    return __builtin_bswap16(value);
}
[[nodiscard]] constexpr std::uint32_t swapped_bytes(std::uint32_t value) noexcept
{
    return __builtin_bswap32(value);
}
[[nodiscard]] constexpr std::uint64_t swapped_bytes(std::uint64_t value) noexcept
{
    return __builtin_bswap64(value);
}

template <std::unsigned_integral Number>
void store_big_endian(void* at, Number value) noexcept
{
    if constexpr (std::endian::native == std::endian::little)
        value = swapped_bytes(value);
    std::memcpy(at, &value, sizeof(value));
}

template <std::unsigned_integral Number>
[[nodiscard]] Number load_big_endian(const void* at) noexcept
{
    Number value;
    std::memcpy(&value, at, sizeof(value));
    return std::endian::native == std::endian::little ? swapped_bytes(value) : value;
}

} // namespace sluice
