#include "transform/json/number.hpp"

namespace sluice::json {
namespace {

bool is_digit(char character) noexcept
{
    return character >= '0' && character <= '9';
}

// Takes the digits that `text` begins with.
std::string_view take_digits(std::string_view& text) noexcept
{
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count]))
        ++count;
    const std::string_view digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

bool take(std::string_view& text, char wanted) noexcept
{
    if (text.empty() || text.front() != wanted)
        return false;
    text.remove_prefix(1);
    return true;
}

// Reads what stands behind the `e`.
bool read_exponent(std::string_view& text, number& into) noexcept
{
    const bool negative = take(text, '-');
    if (!negative)
        take(text, '+');
    const std::string_view digits = take_digits(text);
    if (digits.empty())
        return false;
    std::int32_t exponent = 0;
    for (const char digit : digits)
        if (exponent <= number_exponent_max) // any further digit could overflow
            exponent = exponent * 10 + (digit - '0');
    if (exponent > number_exponent_max)
        exponent = number_exponent_max + 1;
    into.exponent = negative ? -exponent : exponent;
    into.has_exponent = true;
    return true;
}

} // namespace

std::optional<number> read_number(std::string_view text) noexcept
{
    number out;
    out.negative = take(text, '-');
    out.whole = take_digits(text);
    if (out.whole.empty() || (out.whole.size() > 1 && out.whole.front() == '0'))
        return std::nullopt;
    if (take(text, '.')) {
        out.fraction = take_digits(text);
        if (out.fraction.empty())
            return std::nullopt;
    }
    if ((take(text, 'e') || take(text, 'E')) && !read_exponent(text, out))
        return std::nullopt;
    if (!text.empty())
        return std::nullopt;
    return out;
}

transform::verdict check_bounds(const number& of) noexcept
{
    const std::size_t digits = of.whole.size() + of.fraction.size();
    if (digits > number_digits_max)
        return refuse(transform::reason::too_long, "a number of {} digits, {} at most", digits,
                      number_digits_max);
    if (of.exponent > number_exponent_max || of.exponent < -number_exponent_max)
        return refuse(transform::reason::out_of_range, "an exponent beyond {}",
                      number_exponent_max);
    return std::nullopt;
}

} // namespace sluice::json
