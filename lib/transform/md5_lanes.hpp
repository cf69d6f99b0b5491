// MD5 of many texts at once.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace sluice::transform {

using md5_digest = std::array<unsigned char, 16>;

inline constexpr std::size_t md5_lanes_max = 12;

// Writes the MD5 (RFC 1321) of each text, at most md5_lanes_max of them, to the same place in
// `digests`. The steps of one MD5 wait for each other; those of twelve fill the machine, so all of
// them together cost about what the longest would cost three times. Thread-safe.
void md5_together(std::span<const std::string_view> texts, std::span<md5_digest> digests) noexcept;

// Whether md5_together is the cheaper way: it is not for one text, nor for one long among short.
[[nodiscard]] bool worth_lanes(std::span<const std::string_view> texts) noexcept;

} // namespace sluice::transform
