#include "transform/columns/parse_verbs.hpp"

#include "transform/columns/date_time.hpp"
#include "transform/columns/text_scanner.hpp"

#include <algorithm>
#include <functional>
#include <limits>

namespace sluice::transform {
namespace {

constexpr std::string_view white_space = " \t\n\r\f\v";
constexpr std::string_view version_suffix_characters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-+";
constexpr std::size_t version_digits_max = 18;      // what 64 bits hold for sure
constexpr std::int64_t packed_part_max = 999;       // of the parts behind the first
constexpr std::int32_t seconds_to_microseconds = 6; // powers of ten
constexpr std::int32_t milliseconds_to_microseconds = 3;

std::string_view trimmed(std::string_view text) noexcept
{
    const std::size_t begin = text.find_first_not_of(white_space);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

std::string_view turned(parse_plan::letters how, std::string_view text, byte_buffer& scratch)
{
    // The text may already lie in the scratch: then it is turned where it stands.
    const std::less<> before;
    if (before(text.data(), scratch.data()) ||
        !before(text.data(), scratch.data() + scratch.size())) {
        scratch.clear();
        scratch.append(text);
        text = scratch.view();
    }
    char* const begin = scratch.data() + (text.data() - scratch.data());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char& c = begin[i];
        if (how == parse_plan::letters::lowered && c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
        else if (how == parse_plan::letters::raised && c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

verdict no_version() noexcept
{
    return refuse(reason::unparsable, "no version of the form 2.3.0");
}

verdict check_range(column_type type, std::int64_t value) noexcept
{
    using int4 = std::numeric_limits<std::int32_t>;
    if (type == column_type::integer && value > int4::max())
        return refuse(reason::out_of_range, "beyond the range of the type");
    return std::nullopt;
}

std::string_view without_leading_zeros(std::string_view digits) noexcept
{
    return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

// The first number of 2, 2.3, 2.3.0, 2.3.0-beta.1, 2.3.0+build7.
verdict read_version_major(std::string_view text, column_type type, std::int64_t& into) noexcept
{
    const std::size_t suffix = text.find_first_of("-+");
    if (suffix != std::string_view::npos &&
        (suffix + 1 == text.size() ||
         text.substr(suffix).find_first_not_of(version_suffix_characters) != text.npos))
        return no_version();
    text_scanner scanner(text.substr(0, suffix));
    const std::string_view digits = scanner.take_digits(text.size());
    bool good = !digits.empty();
    while (good && !scanner.at_end())
        good = scanner.take('.') && !scanner.take_digits(text.size()).empty();
    if (!good)
        return no_version();
    const std::string_view significant = without_leading_zeros(digits);
    if (significant.size() > version_digits_max)
        return refuse(reason::out_of_range, "beyond the range of the type");
    into = text_scanner(significant).take_number(1, version_digits_max).value_or(0);
    return check_range(type, into);
}

// 2.3.0 is 2003000: up to three numbers, those behind the first below 1000. No suffix, since
// 2.3.0-beta and 2.3.0 would be one number.
verdict read_version_packed(std::string_view text, column_type type, std::int64_t& into) noexcept
{
    constexpr std::size_t parts = 3;
    constexpr std::size_t major_digits_max = version_digits_max - 2 * parts;
    text_scanner scanner(text);
    into = 0;
    for (std::size_t part = 0; part < parts; ++part) {
        const bool given = part == 0 || (!scanner.at_end() && scanner.take('.'));
        const std::string_view digits = given ? scanner.take_digits(text.size()) : "0";
        if (digits.empty() || (!given && !scanner.at_end()))
            return no_version();
        const std::string_view significant = without_leading_zeros(digits);
        const auto number = text_scanner(significant).take_number(1, major_digits_max);
        if (significant.size() > major_digits_max || (part > 0 && *number > packed_part_max))
            return refuse(reason::out_of_range, "a part of the version is too large");
        into = into * (packed_part_max + 1) + *number;
    }
    if (!scanner.at_end())
        return no_version();
    return check_range(type, into);
}

verdict store_time(column_type type, std::chrono::sys_time<microseconds> at,
                   std::int64_t& into) noexcept
{
    if (type == column_type::date)
        return to_days(std::chrono::floor<std::chrono::days>(at), into);
    return to_microseconds(at, into);
}

verdict read_epoch(std::string_view text, std::int32_t shift, column_type type,
                   std::int64_t& into) noexcept
{
    const auto digits = json::read_number(text);
    if (!digits)
        return refuse(reason::unparsable, "no number");
    std::int64_t count = 0;
    switch (to_integer(*digits, shift, count)) {
    case integer_fault::none:
        break;
    case integer_fault::fraction:
        return refuse(reason::out_of_range, "finer than microseconds");
    case integer_fault::range:
        return refuse(reason::out_of_range, "not in the years 0001 to 9999");
    }
    return store_time(type, std::chrono::sys_time<microseconds>(microseconds(count)), into);
}

verdict read_by_format(const time_format& format, std::string_view text, column_type type,
                       std::int64_t& into) noexcept
{
    moment at;
    if (const verdict refused = format.read(text, at))
        return refused;
    return store_time(type, at.utc(), into);
}

} // namespace

std::string_view prepare_text(const parse_plan& plan, std::string_view text, byte_buffer& scratch)
{
    if (plan.trimmed)
        text = trimmed(text);
    if (plan.turned != parse_plan::letters::kept)
        text = turned(plan.turned, text, scratch);
    return text;
}

verdict read_by_verb(const parse_plan& plan, column_type type, std::string_view text,
                     typed_value& into) noexcept
{
    switch (plan.last) {
    case parse_plan::reading::version_major:
        return read_version_major(text, type, into.integer);
    case parse_plan::reading::version_packed:
        return read_version_packed(text, type, into.integer);
    case parse_plan::reading::epoch_seconds:
        return read_epoch(text, seconds_to_microseconds, type, into.integer);
    case parse_plan::reading::epoch_milliseconds:
        return read_epoch(text, milliseconds_to_microseconds, type, into.integer);
    case parse_plan::reading::format:
        return read_by_format(*plan.format, text, type, into.integer);
    case parse_plan::reading::literal:
        break;
    }
    return refuse(reason::unparsable, "no verb to read it by");
}

} // namespace sluice::transform
