#include "transform/columns/date_time.hpp"

#include "transform/columns/text_scanner.hpp"

#include <fmt/format.h>

namespace sluice::transform {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;
using std::chrono::sys_time;
using std::chrono::year;

constexpr sys_days epoch = sys_days(year(2000) / 1 / 1);
constexpr sys_days first_day = sys_days(year(1) / 1 / 1);
constexpr sys_days end_day = sys_days(year(10000) / 1 / 1);
constexpr std::size_t fraction_digits_max = 9;
constexpr std::size_t microsecond_digits = 6;

verdict no_date() noexcept
{
    return refuse(reason::unparsable, "no date of the form YYYY-MM-DD");
}

verdict no_timestamp() noexcept
{
    return refuse(reason::unparsable, "no time of the form YYYY-MM-DDTHH:MM:SS");
}

verdict out_of_years() noexcept
{
    return refuse(reason::out_of_range, "not in the years 0001 to 9999");
}

// Takes YYYY-MM-DD.
verdict take_date(text_scanner& text, moment& into) noexcept
{
    const auto y = text.take_number(4, 4);
    if (!y || !text.take('-'))
        return no_date();
    const auto m = text.take_number(2, 2);
    if (!m || !text.take('-'))
        return no_date();
    const auto d = text.take_number(2, 2);
    if (!d)
        return no_date();
    const std::chrono::year_month_day date{year(static_cast<int>(*y)),
                                           std::chrono::month(static_cast<unsigned>(*m)),
                                           std::chrono::day(static_cast<unsigned>(*d))};
    if (!date.ok())
        return refuse(reason::unparsable, "no such day");
    into.day = sys_days(date);
    return std::nullopt;
}

// Takes what follows the point of the seconds.
verdict take_fraction(text_scanner& text, microseconds& into) noexcept
{
    const std::string_view digits = text.take_digits(fraction_digits_max);
    if (digits.empty())
        return no_timestamp();
    std::int64_t value = 0;
    for (std::size_t i = 0; i < fraction_digits_max; ++i) {
        const int digit = i < digits.size() ? digits[i] - '0' : 0;
        if (i < microsecond_digits)
            value = value * 10 + digit;
        else if (digit != 0)
            return refuse(reason::out_of_range, "finer than microseconds");
    }
    into = microseconds(value);
    return std::nullopt;
}

// Takes HH:MM, HH:MM:SS or HH:MM:SS.ffffff.
verdict take_time(text_scanner& text, microseconds& into) noexcept
{
    const auto hour = text.take_number(2, 2);
    if (!hour || !text.take(':'))
        return no_timestamp();
    const auto minute = text.take_number(2, 2);
    if (!minute)
        return no_timestamp();
    std::int64_t second = 0;
    microseconds fraction{0};
    if (text.take(':')) {
        const auto taken = text.take_number(2, 2);
        if (!taken)
            return no_timestamp();
        second = *taken;
        if (text.take('.'))
            if (const verdict refused = take_fraction(text, fraction))
                return refused;
    }
    if (*hour > 23 || *minute > 59 || second > 59)
        return refuse(reason::unparsable, "no such time of day");
    into = std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(second) + fraction;
    return std::nullopt;
}

} // namespace

std::optional<std::chrono::minutes> take_zone(text_scanner& text) noexcept
{
    if (text.take_one_of("Zz"))
        return std::chrono::minutes(0);
    const auto sign = text.take_one_of("+-");
    const auto hours = sign ? text.take_number(2, 2) : std::nullopt;
    if (!hours)
        return std::nullopt;
    const bool colon = text.take(':');
    const std::string_view digits = text.take_digits(2);
    // Two digits, or nothing at all behind the hours: one alone says nothing.
    if (digits.size() == 1 || (colon && digits.empty()))
        return std::nullopt;
    const std::int64_t minutes = text_scanner(digits).take_number(2, 2).value_or(0);
    // PostgreSQL knows no zone beyond 15:59.
    if (*hours > 15 || minutes > 59)
        return std::nullopt;
    const auto east = std::chrono::hours(*hours) + std::chrono::minutes(minutes);
    return sign == '-' ? -east : east;
}

verdict to_days(sys_days day, std::int64_t& into) noexcept
{
    if (day < first_day || day >= end_day)
        return out_of_years();
    into = (day - epoch).count();
    return std::nullopt;
}

verdict to_microseconds(sys_time<microseconds> at, std::int64_t& into) noexcept
{
    if (at < first_day || at >= end_day)
        return out_of_years();
    into = (at - epoch).count();
    return std::nullopt;
}

std::int64_t microseconds_since_2000(wall_time at) noexcept
{
    return microseconds(at - epoch).count();
}

std::int64_t days_since_2000(wall_time at) noexcept
{
    return (floor<days>(at) - epoch).count();
}

verdict read_date(std::string_view text, moment& into) noexcept
{
    text_scanner scanner(text);
    into = {};
    if (const verdict refused = take_date(scanner, into))
        return refused;
    return scanner.at_end() ? verdict{} : no_date();
}

verdict read_timestamp(std::string_view text, moment& into) noexcept
{
    text_scanner scanner(text);
    into = {};
    if (const verdict refused = take_date(scanner, into))
        return refused;
    if (!scanner.take_one_of("Tt "))
        return no_timestamp();
    if (const verdict refused = take_time(scanner, into.time_of_day))
        return refused;
    if (scanner.at_end())
        return std::nullopt;
    into.zone = take_zone(scanner);
    return into.zone && scanner.at_end() ? verdict{} : no_timestamp();
}

std::string date_text(std::int64_t day_count)
{
    const std::chrono::year_month_day date(epoch + days(day_count));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string timestamp_text(std::int64_t count)
{
    const auto at = epoch + microseconds(count);
    const auto day = floor<days>(at);
    const std::chrono::hh_mm_ss<microseconds> time(at - day);
    std::string out = date_text((day - epoch).count()) +
                      fmt::format(" {:02}:{:02}:{:02}", time.hours().count(),
                                  time.minutes().count(), time.seconds().count());
    if (time.subseconds().count() != 0) {
        out += fmt::format(".{:06}", time.subseconds().count());
        out.erase(out.find_last_not_of('0') + 1);
    }
    return out;
}

} // namespace sluice::transform
