#include "transform/columns/time_format.hpp"

#include "transform/columns/text_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::transform {

// What the parts of a text said.
struct time_format::fields
{
    std::int64_t year = 0;
    std::int64_t month = 1;
    std::int64_t day = 1;
    std::optional<std::int64_t> day_of_year;
    std::int64_t hour = 0;
    std::optional<std::int64_t> hour_of_half;
    bool afternoon = false;
    std::int64_t minute = 0;
    std::int64_t second = 0;
    std::int64_t fraction = 0;
    std::optional<std::chrono::minutes> zone;

    [[nodiscard]] std::optional<std::chrono::sys_days> date() const noexcept;
    [[nodiscard]] std::optional<microseconds> time() const noexcept;
};

namespace {

using part = time_format::part;

struct directive
{
    std::string_view text;
    part what;
    part counts_as; // no two parts may say the same
};

constexpr std::array<directive, 17> directives = {{
    {"Y", part::year, part::year},
    {"m", part::month, part::month},
    {"-m", part::short_month, part::month},
    {"b", part::month_name, part::month},
    {"B", part::month_name, part::month},
    {"d", part::day, part::day},
    {"-d", part::short_day, part::day},
    {"j", part::day_of_year, part::day_of_year},
    {"H", part::hour, part::hour},
    {"-H", part::short_hour, part::hour},
    {"I", part::hour_of_half, part::hour},
    {"-I", part::short_hour_of_half, part::hour},
    {"p", part::half, part::half},
    {"M", part::minute, part::minute},
    {"S", part::second, part::second},
    {"f", part::fraction, part::fraction},
    {"z", part::zone, part::zone},
}};

constexpr std::array<std::string_view, 12> month_names = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::size_t short_name_letters = 3;

constexpr std::uint32_t bit(part what) noexcept
{
    return std::uint32_t{1} << static_cast<unsigned>(what);
}

std::optional<std::int64_t> take_month_name(text_scanner& text) noexcept
{
    for (std::size_t i = 0; i < month_names.size(); ++i)
        if (text.take_word(month_names[i]) ||
            text.take_word(month_names[i].substr(0, short_name_letters)))
            return static_cast<std::int64_t>(i + 1);
    return std::nullopt;
}

bool take_into(std::int64_t& into, std::optional<std::int64_t> taken) noexcept
{
    into = taken.value_or(0);
    return taken.has_value();
}

// Digits behind the point: "5" is half a second.
bool take_fraction(text_scanner& text, std::int64_t& into) noexcept
{
    constexpr std::size_t digits_max = 6;
    const std::string_view digits = text.take_digits(digits_max);
    into = 0;
    for (std::size_t i = 0; i < digits_max; ++i)
        into = into * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    return !digits.empty();
}

} // namespace

std::optional<std::chrono::sys_days> time_format::fields::date() const noexcept
{
    const std::chrono::year of(static_cast<int>(year));
    if (day_of_year) {
        if (*day_of_year < 1 || *day_of_year > (of.is_leap() ? 366 : 365))
            return std::nullopt;
        return std::chrono::sys_days(of / 1 / 1) + std::chrono::days(*day_of_year - 1);
    }
    const std::chrono::year_month_day out{of, std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
    return out.ok() ? std::optional(std::chrono::sys_days(out)) : std::nullopt;
}

std::optional<microseconds> time_format::fields::time() const noexcept
{
    std::int64_t full_hour = hour;
    if (hour_of_half) {
        if (*hour_of_half < 1 || *hour_of_half > 12)
            return std::nullopt;
        full_hour = *hour_of_half % 12 + (afternoon ? 12 : 0);
    }
    if (full_hour > 23 || minute > 59 || second > 59)
        return std::nullopt;
    return std::chrono::hours(full_hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + microseconds(fraction);
}

std::variant<time_format, time_format::fault> time_format::compile(std::string_view pattern)
{
    time_format out;
    while (!pattern.empty()) {
        const char first = pattern.front();
        pattern.remove_prefix(1);
        if (first != '%') {
            out.steps_.push_back({part::letter, first});
            continue;
        }
        const std::string_view name = pattern.substr(0, pattern.starts_with('-') ? 2 : 1);
        pattern.remove_prefix(name.size());
        if (fault wrong = out.add_directive(name); !wrong.empty())
            return wrong;
    }
    if (fault wrong = out.check(); !wrong.empty())
        return wrong;
    return out;
}

time_format::fault time_format::add_directive(std::string_view name)
{
    if (name == "%") {
        steps_.push_back({part::letter, '%'});
        return {};
    }
    const auto add_all = [this](std::string_view pattern) {
        for (const char letter : pattern) {
            fault wrong = letter == '-' || letter == ':'
                              ? (steps_.push_back({part::letter, letter}), fault{})
                              : add_directive({&letter, 1});
            if (!wrong.empty())
                return wrong;
        }
        return fault{};
    };
    if (name == "F")
        return add_all("Y-m-d");
    if (name == "T")
        return add_all("H:M:S");
    const auto it = std::ranges::find(directives, name, &directive::text);
    if (it == directives.end())
        return fmt::format("%{} is unknown; %Y %m %d %b %j %H %I %M %S %f %p %z %F %T are known, "
                           "and %-m %-d %-H %-I",
                           name);
    if ((present_ & bit(it->counts_as)) != 0)
        return fmt::format("%{} says a second time what came before; remove one of them", name);
    present_ |= bit(it->counts_as);
    if (it->what == part::hour_of_half || it->what == part::short_hour_of_half)
        present_ |= bit(part::hour_of_half);
    steps_.push_back({it->what});
    return {};
}

time_format::fault time_format::check() const
{
    const bool month_and_day = has(part::month) && has(part::day);
    if (!has(part::year) || (!month_and_day && !has(part::day_of_year)))
        return "names no whole date; it needs %Y, %m and %d, or %Y and %j";
    if (has(part::day_of_year) && (has(part::month) || has(part::day)))
        return "%j says a second time what %m and %d say; remove one of them";
    if (has(part::hour_of_half) != has(part::half))
        return "%I and %p belong together; give both, or %H";
    if ((has(part::minute) && !has(part::hour)) || (has(part::second) && !has(part::minute)) ||
        (has(part::fraction) && !has(part::second)))
        return "leaves a gap in the time; hours come before minutes, minutes before seconds";
    return {};
}

bool time_format::take(text_scanner& text, const step& wanted, fields& into) noexcept
{
    switch (wanted.what) {
    case part::letter:
        return text.take(wanted.letter);
    case part::year:
        return take_into(into.year, text.take_number(4, 4));
    case part::month:
        return take_into(into.month, text.take_number(2, 2));
    case part::short_month:
        return take_into(into.month, text.take_number(1, 2));
    case part::month_name:
        return take_into(into.month, take_month_name(text));
    case part::day:
        return take_into(into.day, text.take_number(2, 2));
    case part::short_day:
        return take_into(into.day, text.take_number(1, 2));
    case part::day_of_year:
        into.day_of_year = text.take_number(3, 3);
        return into.day_of_year.has_value();
    case part::hour:
        return take_into(into.hour, text.take_number(2, 2));
    case part::short_hour:
        return take_into(into.hour, text.take_number(1, 2));
    case part::hour_of_half:
        into.hour_of_half = text.take_number(2, 2);
        return into.hour_of_half.has_value();
    case part::short_hour_of_half:
        into.hour_of_half = text.take_number(1, 2);
        return into.hour_of_half.has_value();
    case part::half:
        into.afternoon = text.take_word("PM");
        return into.afternoon || text.take_word("AM");
    case part::minute:
        return take_into(into.minute, text.take_number(2, 2));
    case part::second:
        return take_into(into.second, text.take_number(2, 2));
    case part::fraction:
        return take_fraction(text, into.fraction);
    case part::zone:
        into.zone = take_zone(text);
        return into.zone.has_value();
    }
    return false;
}

verdict time_format::read(std::string_view text, moment& into) const noexcept
{
    text_scanner scanner(text);
    fields found;
    for (const step& wanted : steps_)
        if (!take(scanner, wanted, found))
            return refuse(reason::unparsable, "does not fit the format");
    if (!scanner.at_end())
        return refuse(reason::unparsable, "goes on where the format ends");
    const auto date = found.date();
    if (!date)
        return refuse(reason::unparsable, "no such day");
    const auto time = found.time();
    if (!time)
        return refuse(reason::unparsable, "no such time of day");
    into = {.day = *date, .time_of_day = *time, .zone = found.zone};
    return std::nullopt;
}

} // namespace sluice::transform
