#include "transform/columns/decimal.hpp"

#include "core/big_endian.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace sluice::transform {
namespace {

constexpr std::int32_t digits_per_group = 4;
constexpr std::array<std::uint16_t, digits_per_group> powers = {1, 10, 100, 1000};
constexpr std::uint16_t negative_sign = 0x4000;
constexpr std::size_t header_bytes = 8;

// The group that the digit before which `exponent` zeros stand belongs to; rounds down.
std::int32_t group_of(std::int32_t exponent) noexcept
{
    return exponent >= 0 ? exponent / digits_per_group
                         : -((-exponent + digits_per_group - 1) / digits_per_group);
}

// All digits of a number, as if no point stood between them.
class digit_string
{
public:
    explicit digit_string(const json::number& of) noexcept
        : whole_(of.whole), fraction_(of.fraction)
    {}

    [[nodiscard]] std::size_t size() const noexcept { return whole_.size() + fraction_.size(); }
    [[nodiscard]] std::uint16_t operator[](std::size_t at) const noexcept
    {
        const char digit = at < whole_.size() ? whole_[at] : fraction_[at - whole_.size()];
        return static_cast<std::uint16_t>(digit - '0');
    }

private:
    std::string_view whole_;
    std::string_view fraction_;
};

} // namespace

void to_decimal(const json::number& from, decimal& into) noexcept
{
    const digit_string digits(from);
    into.negative = false;
    into.weight = 0;
    into.groups = 0;
    const auto fraction = static_cast<std::int32_t>(from.fraction.size());
    into.scale = static_cast<std::uint32_t>(std::max(0, fraction - from.exponent));
    std::size_t first = 0;
    while (first < digits.size() && digits[first] == 0)
        ++first;
    if (first == digits.size())
        return; // zero has no sign in PostgreSQL
    // How many zeros the first and the last digit stand for.
    const std::int32_t top = static_cast<std::int32_t>(from.whole.size()) - 1 + from.exponent;
    const auto exponent_of = [top](std::size_t at) { return top - static_cast<std::int32_t>(at); };
    into.weight = group_of(exponent_of(first));
    into.negative = from.negative;
    std::ranges::fill(into.digits, std::uint16_t{0});
    for (std::size_t at = first; at < digits.size(); ++at) {
        const std::int32_t exponent = exponent_of(at);
        const std::int32_t group = group_of(exponent);
        const auto index = static_cast<std::size_t>(into.weight - group);
        const auto place = static_cast<std::size_t>(exponent - group * digits_per_group);
        into.digits[index] =
            static_cast<std::uint16_t>(into.digits[index] + digits[at] * powers[place]);
        if (digits[at] != 0)
            into.groups = index + 1;
    }
}

std::strong_ordering compare(const decimal& left, const decimal& right) noexcept
{
    const auto sign = [](const decimal& of) { return of.groups == 0 ? 0 : of.negative ? -1 : 1; };
    if (sign(left) != sign(right) || sign(left) == 0)
        return sign(left) <=> sign(right);
    const decimal& smaller_if_positive = left.negative ? right : left;
    const decimal& other = left.negative ? left : right;
    if (smaller_if_positive.weight != other.weight)
        return smaller_if_positive.weight <=> other.weight;
    return std::lexicographical_compare_three_way(
        smaller_if_positive.digits.begin(),
        smaller_if_positive.digits.begin() + smaller_if_positive.groups, other.digits.begin(),
        other.digits.begin() + other.groups);
}

void append_binary(const decimal& from, byte_buffer& out)
{
    out.append_u16(static_cast<std::uint16_t>(from.groups));
    out.append_u16(static_cast<std::uint16_t>(from.weight));
    out.append_u16(from.negative ? negative_sign : 0);
    out.append_u16(static_cast<std::uint16_t>(from.scale));
    for (std::size_t i = 0; i < from.groups; ++i)
        out.append_u16(from.digits[i]);
}

std::string to_text(const decimal& from)
{
    std::string out = from.negative ? "-" : "";
    const auto group = [&from](std::int32_t weight) -> unsigned {
        const std::int32_t index = from.weight - weight;
        return index >= 0 && static_cast<std::size_t>(index) < from.groups
                   ? from.digits[static_cast<std::size_t>(index)]
                   : 0;
    };
    const std::int32_t top = from.groups == 0 ? -1 : from.weight;
    out += top < 0 ? "0" : fmt::format("{}", group(top));
    for (std::int32_t weight = top - 1; weight >= 0; --weight)
        out += fmt::format("{:04}", group(weight));
    if (from.scale == 0)
        return out;
    std::string fraction;
    for (std::int32_t weight = -1; fraction.size() < from.scale; --weight)
        fraction += fmt::format("{:04}", group(weight));
    return out + "." + fraction.substr(0, from.scale);
}

std::optional<decimal> from_binary(std::string_view bytes)
{
    if (bytes.size() < header_bytes)
        return std::nullopt;
    decimal out;
    out.groups = load_big_endian<std::uint16_t>(bytes.data());
    out.weight = static_cast<std::int16_t>(load_big_endian<std::uint16_t>(bytes.data() + 2));
    out.negative = load_big_endian<std::uint16_t>(bytes.data() + 4) == negative_sign;
    out.scale = load_big_endian<std::uint16_t>(bytes.data() + 6);
    if (out.groups > decimal::groups_max || bytes.size() != header_bytes + 2 * out.groups)
        return std::nullopt;
    for (std::size_t i = 0; i < out.groups; ++i)
        out.digits[i] = load_big_endian<std::uint16_t>(bytes.data() + header_bytes + 2 * i);
    return out;
}

integer_fault to_integer(const json::number& from, std::int32_t shift, std::int64_t& into) noexcept
{
    constexpr std::uint64_t lowest = std::uint64_t{1} << 63;
    const digit_string digits(from);
    const std::uint64_t bound = from.negative ? lowest : lowest - 1;
    // Digits from here on stand behind the point.
    const std::int64_t whole = std::int64_t(from.whole.size()) + from.exponent + shift;
    std::uint64_t value = 0;
    const auto size = static_cast<std::int64_t>(digits.size());
    for (std::int64_t at = 0; at < size; ++at) {
        const std::uint64_t digit = digits[static_cast<std::size_t>(at)];
        if (at >= whole) {
            if (digit != 0)
                return integer_fault::fraction;
            continue;
        }
        if (value > (bound - digit) / 10)
            return integer_fault::range;
        value = value * 10 + digit;
    }
    for (std::int64_t at = size; value != 0 && at < whole; ++at) {
        if (value > bound / 10)
            return integer_fault::range;
        value *= 10;
    }
    into = static_cast<std::int64_t>(from.negative ? 0 - value : value);
    return integer_fault::none;
}

} // namespace sluice::transform
