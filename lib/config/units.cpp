#include "config/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace sluice::config {
namespace {

using std::chrono::milliseconds;

struct unit
{
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<unit, 4> size_units{{
    {"GiB", std::uint64_t{1} << 30},
    {"MiB", std::uint64_t{1} << 20},
    {"KiB", std::uint64_t{1} << 10},
    {"B", 1},
}};

constexpr std::array<unit, 4> duration_units{{
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};

// Bounds in the form that one function can check for every kind of number.
struct raw_bounds
{
    std::uint64_t least;
    std::uint64_t most;
    std::string range;
};

// Digits only: no sign, no blank, no leading zero (YAML 1.1 reads one as octal). A number that
// does not fit is as good as the largest: it is above every bound.
std::optional<std::uint64_t> parse_digits(std::string_view digits)
{
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0'))
        return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (end != digits.data() + digits.size())
        return std::nullopt;
    return ec == std::errc{} ? number : std::numeric_limits<std::uint64_t>::max();
}

parsed<std::uint64_t> within_bounds(std::uint64_t number, value_text value,
                                    const raw_bounds& within)
{
    if (number < within.least)
        return problem{fmt::format("{} is too small", value.shown), "give " + within.range};
    if (number > within.most)
        return problem{fmt::format("{} is too large", value.shown), "give " + within.range};
    return number;
}

const unit* find_unit(std::string_view name, std::span<const unit> units)
{
    for (const unit& each : units)
        if (each.name == name)
            return &each;
    return nullptr;
}

std::uint64_t saturating_product(std::uint64_t number, std::uint64_t factor)
{
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return number > most / factor ? most : number * factor;
}

struct unit_kind
{
    std::span<const unit> units;
    std::string_view noun;     // "time"
    std::string_view examples; // "250ms, 20s, 10m or 1h"
};

constexpr unit_kind sizes{size_units, "size", "100B, 64KiB, 64MiB or 1GiB"};
constexpr unit_kind durations{duration_units, "time", "250ms, 20s, 10m or 1h"};

parsed<std::uint64_t> parse_quantity(value_text value, const unit_kind& kind,
                                     const raw_bounds& within)
{
    const std::size_t digits =
        std::min(value.text.find_first_not_of("0123456789"), value.text.size());
    const auto number = parse_digits(value.text.substr(0, digits));
    const std::string_view name = value.text.substr(digits);
    const std::string remedy = fmt::format("write it like {}", kind.examples);
    if (number && name.empty())
        return problem{fmt::format("{} has no unit", value.shown), remedy};
    const unit* const found = find_unit(name, kind.units);
    if (!number || found == nullptr)
        return problem{fmt::format("{} is no {}", value.shown, kind.noun), remedy};
    return within_bounds(saturating_product(*number, found->factor), value, within);
}

std::string quantity_text(std::uint64_t number, std::span<const unit> units, std::string_view zero)
{
    if (number == 0)
        return std::string(zero);
    for (const unit& each : units)
        if (number % each.factor == 0)
            return fmt::format("{}{}", number / each.factor, each.name);
    return {}; // the last unit has the factor 1: never reached
}

std::string range_text(const std::string& least, const std::string& most)
{
    return fmt::format("{} to {}", least, most);
}

std::uint64_t raw(milliseconds span)
{
    return static_cast<std::uint64_t>(span.count());
}

} // namespace

parsed<std::size_t> parse_count(value_text value, count_bounds within)
{
    const auto number = parse_digits(value.text);
    const std::string range = count_range(within);
    if (!number)
        return problem{fmt::format("{} is no whole number", value.shown), "give " + range};
    return within_bounds(*number, value, {within.least, within.most, range});
}

parsed<std::size_t> parse_percent(value_text value, count_bounds within)
{
    const std::string range = percent_range(within);
    const bool has_mark = value.text.ends_with('%');
    const auto number =
        has_mark ? parse_digits(value.text.substr(0, value.text.size() - 1)) : std::nullopt;
    if (!number)
        return problem{fmt::format("{} is no share like 20%", value.shown), "give " + range};
    return within_bounds(*number, value, {within.least, within.most, range});
}

parsed<std::size_t> parse_size(value_text value, size_bounds within)
{
    return parse_quantity(value, sizes, {within.least, within.most, size_range(within)});
}

parsed<milliseconds> parse_duration(value_text value, duration_bounds within)
{
    const auto span = parse_quantity(value, durations,
                                     {raw(within.least), raw(within.most), duration_range(within)});
    if (!span)
        return span.error();
    return milliseconds(*span);
}

std::string size_text(std::size_t bytes)
{
    return quantity_text(bytes, size_units, "0B");
}

std::string duration_text(milliseconds span)
{
    return quantity_text(raw(span), duration_units, "0s");
}

std::string count_range(count_bounds within)
{
    return range_text(std::to_string(within.least), std::to_string(within.most));
}

std::string percent_range(count_bounds within)
{
    return range_text(fmt::format("{}%", within.least), fmt::format("{}%", within.most));
}

std::string size_range(size_bounds within)
{
    return range_text(size_text(within.least), size_text(within.most));
}

std::string duration_range(duration_bounds within)
{
    return range_text(duration_text(within.least), duration_text(within.most));
}

} // namespace sluice::config
