// Numbers that carry their unit in the text: `20s`, `64MiB`. Each is parsed strictly, checked
// against its bounds, and printed back in the same form.
#pragma once

#include "config/finding.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::config {

template <class T>
struct bounds
{
    T least;
    T most;
};

using count_bounds = bounds<std::size_t>;
using size_bounds = bounds<std::size_t>;                   // bytes
using duration_bounds = bounds<std::chrono::milliseconds>; // both ends included

// `shown` is how messages name the value: it may come from a secret.
struct value_text
{
    std::string_view text;
    std::string_view shown;
};

[[nodiscard]] parsed<std::size_t> parse_count(value_text value, count_bounds within);
// `20%`.
[[nodiscard]] parsed<std::size_t> parse_percent(value_text value, count_bounds within);
[[nodiscard]] parsed<std::size_t> parse_size(value_text value, size_bounds within);
[[nodiscard]] parsed<std::chrono::milliseconds> parse_duration(value_text value,
                                                               duration_bounds within);

// `64MiB`, `20s`: in the largest unit that leaves a whole number.
[[nodiscard]] std::string size_text(std::size_t bytes);
[[nodiscard]] std::string duration_text(std::chrono::milliseconds span);

// `0s to 20s`, as messages and the printed defaults tell the bounds.
[[nodiscard]] std::string count_range(count_bounds within);
[[nodiscard]] std::string percent_range(count_bounds within);
[[nodiscard]] std::string size_range(size_bounds within);
[[nodiscard]] std::string duration_range(duration_bounds within);

} // namespace sluice::config
