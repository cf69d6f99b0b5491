#include "transform/columns/checks.hpp"

#include <algorithm>

namespace sluice::transform {
namespace {

verdict check_one_of(const check_plan& plan, column_type type, const typed_value& value)
{
    const bool found =
        type == column_type::text
            ? std::ranges::find(plan.one_of_text, value.bytes) != plan.one_of_text.end()
            : std::ranges::any_of(plan.one_of, [&](const typed_value& allowed) {
                  return compare(type, value, allowed) == 0;
              });
    return found ? verdict{} : refuse(reason::not_one_of, "not one of the values of one_of");
}

} // namespace

std::size_t count_characters(std::string_view text) noexcept
{
    // Every character has one byte that continues none.
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

verdict check_length(std::string_view text, std::size_t length_max) noexcept
{
    if (text.size() <= length_max)
        return std::nullopt;
    const std::size_t length = count_characters(text);
    if (length <= length_max)
        return std::nullopt;
    return refuse(reason::too_long, "max_length {}, got {}", length_max, length);
}

verdict check_value(const check_plan& plan, column_type type, const typed_value& value)
{
    if (plan.length_max)
        if (const verdict refused = check_length(value.bytes, *plan.length_max))
            return refused;
    if (plan.least && compare(type, value, *plan.least) < 0)
        return refuse(reason::out_of_range, "less than min");
    if (plan.most && compare(type, value, *plan.most) > 0)
        return refuse(reason::out_of_range, "more than max");
    if (!plan.one_of.empty() || !plan.one_of_text.empty())
        if (const verdict refused = check_one_of(plan, type, value))
            return refused;
    if (plan.pattern &&
        !re2::RE2::FullMatch(re2::StringPiece(value.bytes.data(), value.bytes.size()),
                             *plan.pattern))
        return refuse(reason::no_match, "does not match matches");
    return std::nullopt;
}

} // namespace sluice::transform
