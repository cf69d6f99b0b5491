#include "net/http_date.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::net {
namespace {

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The number that is the whole of `digits`, or nothing.
std::optional<int> number(std::string_view digits)
{
    int value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, ec] = std::from_chars(digits.data(), end, value);
    if (ec != std::errc() || stop != end || value < 0)
        return std::nullopt;
    return value;
}

std::optional<std::chrono::year_month_day> parse_day(std::string_view text) // "15 Jan 2026"
{
    const auto month_name = std::ranges::find(month_names, text.substr(3, 3));
    const auto day = number(text.substr(0, 2));
    const auto year = number(text.substr(7, 4));
    if (month_name == month_names.end() || !day || !year || text[2] != ' ' || text[6] != ' ')
        return std::nullopt;
    const auto month = static_cast<unsigned>(month_name - month_names.begin()) + 1;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{month},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok())
        return std::nullopt;
    return date;
}

std::optional<std::chrono::seconds> parse_time_of_day(std::string_view text) // "09:30:00"
{
    const auto hour = number(text.substr(0, 2));
    const auto minute = number(text.substr(3, 2));
    const auto second = number(text.substr(6, 2));
    // 60 is a leap second.
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60 ||
        text[2] != ':' || text[5] != ':')
        return std::nullopt;
    return std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           std::chrono::seconds{*second};
}

} // namespace

std::string_view http_date::text(wall_time now)
{
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != second_) {
        second_ = second;
        const std::time_t seconds = second.time_since_epoch().count();
        text_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(seconds));
    }
    return text_;
}

std::optional<wall_time> parse_http_date(std::string_view text)
{
    constexpr std::string_view form = "Thu, 15 Jan 2026 09:30:00 GMT";
    if (text.size() != form.size() || text.substr(3, 2) != ", " || text[16] != ' ' ||
        !text.ends_with(" GMT"))
        return std::nullopt;
    const auto day = parse_day(text.substr(5, 11));
    const auto time = parse_time_of_day(text.substr(17, 8));
    if (!day || !time)
        return std::nullopt;
    return std::chrono::sys_days{*day} + *time;
}

} // namespace sluice::net
