// "did you mean": the name that somebody who mistyped it had in mind.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::config {

// How many letters must be changed, added, left out or swapped with their neighbour.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

// The candidate nearest to `written`, if one is near enough to be what was meant.
[[nodiscard]] std::optional<std::string> nearest(std::string_view written,
                                                 std::span<const std::string> candidates);

// The remedy for a name that is not known: the nearest candidate, or all of them.
[[nodiscard]] std::string suggest(std::string_view written,
                                  std::span<const std::string> candidates);

} // namespace sluice::config
