#include "aws/identity/answers.hpp"

#include "core/control_characters.hpp"

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr std::size_t line_bytes_max = 300;

// Reads a time from its front, piece by piece.
class time_reader
{
public:
    explicit time_reader(std::string_view text) noexcept : rest_(text) {}

    // Exactly so many digits, and what must stand behind them.
    bool number(std::size_t digits, int& into, std::string_view behind)
    {
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        if (rest_.size() < digits || !std::ranges::all_of(rest_.substr(0, digits), is_digit))
            return false;
        std::from_chars(rest_.data(), rest_.data() + digits, into);
        rest_.remove_prefix(digits);
        if (!rest_.starts_with(behind))
            return false;
        rest_.remove_prefix(behind.size());
        return true;
    }

    void skip_fraction()
    {
        if (!rest_.starts_with('.'))
            return;
        rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789", 1), rest_.size()));
    }

    // "Z", "+02:00".
    std::optional<std::chrono::minutes> offset()
    {
        if (rest_ == "Z" || rest_ == "z")
            return std::chrono::minutes(0);
        if (!rest_.starts_with('+') && !rest_.starts_with('-'))
            return std::nullopt;
        const int sign = rest_.front() == '-' ? -1 : 1;
        rest_.remove_prefix(1);
        int hours = 0;
        int minutes = 0;
        if (!number(2, hours, ":") || !number(2, minutes, "") || !rest_.empty())
            return std::nullopt;
        return sign * (std::chrono::hours(hours) + std::chrono::minutes(minutes));
    }

private:
    std::string_view rest_;
};

std::string member(const json::object& object, std::string_view name)
{
    const json::value* const found = object.if_contains({name.data(), name.size()});
    return found != nullptr && found->is_string()
               ? std::string(std::string_view(found->get_string()))
               : std::string();
}

std::optional<json::object> parse_object(std::string_view text)
{
    boost::system::error_code ec;
    const json::value parsed = json::parse({text.data(), text.size()}, ec);
    if (ec || !parsed.is_object())
        return std::nullopt;
    return parsed.get_object();
}

std::string error_text(const json::object& object)
{
    std::string code = member(object, "Code");
    if (code.empty())
        code = member(object, "code");
    std::string message = member(object, "Message");
    if (message.empty())
        message = member(object, "message");
    if (code.empty() || message.empty())
        return short_line(code + message);
    return short_line(code + ": " + message);
}

} // namespace

bool is_key_text(std::string_view text) noexcept
{
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<wall_time> parse_iso_time(std::string_view text)
{
    time_reader in(text);
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!in.number(4, year, "-") || !in.number(2, month, "-") || !in.number(2, day, "T") ||
        !in.number(2, hour, ":") || !in.number(2, minute, ":") || !in.number(2, second, ""))
        return std::nullopt;
    in.skip_fraction();
    const auto offset = in.offset();
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    constexpr int leap_second = 60;
    if (!offset || !date.ok() || hour >= 24 || minute >= 60 || second > leap_second)
        return std::nullopt;
    return wall_time(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + std::chrono::seconds(second) - *offset;
}

credentials assemble_credentials(answered_keys given)
{
    if (given.access_key_id.empty())
        throw credentials_error("the answer has no AccessKeyId");
    if (given.secret_access_key.empty())
        throw credentials_error("the answer has no SecretAccessKey");
    if (!is_key_text(given.access_key_id) || !is_key_text(given.secret_access_key) ||
        !is_key_text(given.session_token))
        throw credentials_error("the answer has keys with characters that no AWS key has");
    credentials out{.access_key_id = std::move(given.access_key_id),
                    .secret_access_key = secret(std::move(given.secret_access_key)),
                    .session_token = secret(std::move(given.session_token)),
                    .expires_at = std::nullopt};
    if (given.expiration.empty())
        return out;
    out.expires_at = parse_iso_time(given.expiration);
    if (!out.expires_at)
        throw credentials_error("the answer has an Expiration that is no time");
    return out;
}

credentials parse_json_credentials(std::string_view text, std::string_view token_name)
{
    const auto object = parse_object(text);
    if (!object)
        throw credentials_error("the answer is no JSON object");
    const std::string code = member(*object, "Code");
    if ((!code.empty() && code != "Success") || !object->contains("AccessKeyId")) {
        const std::string said = error_text(*object);
        if (!said.empty())
            throw credentials_error("the answer is an error: " + said);
    }
    return assemble_credentials({.access_key_id = member(*object, "AccessKeyId"),
                                 .secret_access_key = member(*object, "SecretAccessKey"),
                                 .session_token = member(*object, token_name),
                                 .expiration = member(*object, "Expiration")});
}

std::string json_error_text(std::string_view text)
{
    const auto object = parse_object(text);
    return object ? error_text(*object) : std::string();
}

std::string short_line(std::string_view text)
{
    return one_line(text.substr(0, line_bytes_max));
}

} // namespace sluice::aws
