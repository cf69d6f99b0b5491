#include "sqs_server/server/signature_check.hpp"

#include "sqs_server/model/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::sqs_server {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

refusal incomplete(std::string_view what)
{
    return {errc::incomplete_signature, fmt::format("Authorization header requires {}.", what)};
}

refusal invalid(std::string text)
{
    return {errc::invalid_signature, std::move(text)};
}

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

// The part before the separator; the text goes on behind it.
std::string_view take_until(std::string_view& text, char separator)
{
    const std::size_t at = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return part;
}

bool is_signed(std::string_view names, std::string_view wanted)
{
    while (!names.empty())
        if (take_until(names, ';') == wanted)
            return true;
    return false;
}

void check_names(const net::http_request& request, std::string_view names)
{
    for (const std::string_view name : {"host", "x-amz-date"})
        if (!is_signed(names, name))
            throw invalid(fmt::format("'{}' must be a signed header.", name));
    if (!request.field("x-amz-security-token").empty() && !is_signed(names, "x-amz-security-token"))
        throw invalid("'x-amz-security-token' must be a signed header.");
}

void check_time(std::string_view date, wall_time now)
{
    const auto signed_at = parse_amz_date(date);
    if (!signed_at)
        throw refusal(errc::incomplete_signature,
                      "Date must be in ISO-8601 'basic format'. Got '" + std::string(date) +
                          "'. See http://en.wikipedia.org/wiki/ISO_8601");
    if (*signed_at < now - clock_skew_max)
        throw invalid(fmt::format("Signature expired: {} is now earlier than {} ({} - 15 min.)",
                                  date, aws::amz_date(now - clock_skew_max), aws::amz_date(now)));
    if (*signed_at > now + clock_skew_max)
        throw invalid(fmt::format("Signature not yet current: {} is still later than {} ({} + 15 "
                                  "min.)",
                                  date, aws::amz_date(now + clock_skew_max), aws::amz_date(now)));
}

// The request as its signer must have seen it: only the fields that he names.
aws::signable_request signed_part(const net::http_request& request, std::string_view names)
{
    aws::signable_request out;
    out.method = request.method;
    std::string_view target = request.target;
    out.path = take_until(target, '?');
    out.query = target;
    out.body = request.body;
    while (!names.empty()) {
        const std::string_view name = take_until(names, ';');
        for (const net::http_field& each : request.fields)
            if (net::equal_names(each.name, name))
                out.fields.push_back({std::string(name), std::string(each.value)});
    }
    return out;
}

} // namespace

signature_check::signature_check(signing_key_pair key, std::string region)
    : key_(std::move(key)), scope_{std::move(region), "sqs"}
{}

void signature_check::operator()(const net::http_request& request, wall_time now) const
{
    const signature_parts parts = parse_authorization(request.field("Authorization"));
    if (parts.access_key_id != key_.access_key_id)
        throw refusal(errc::unrecognized_client,
                      "The security token included in the request is invalid.");
    const std::string_view date = request.field("X-Amz-Date");
    check_time(date, now);
    if (parts.scope != aws::credential_scope(date, scope_))
        throw invalid(fmt::format("Credential should be scoped to {}, not {}.",
                                  aws::credential_scope(date, scope_), parts.scope));
    check_names(request, parts.names);
    const aws::signable_request seen = signed_part(request, parts.names);
    const std::string text = aws::string_to_sign(date, scope_, aws::canonical_request(seen));
    const aws::signing_key key(key_.secret_access_key, date, scope_);
    if (!equal_secrets(key.sign(text), parts.signature))
        throw invalid("The request signature we calculated does not match the signature you "
                      "provided. Check your AWS Secret Access Key and signing method. Consult the "
                      "service documentation for details.");
}

signature_parts parse_authorization(std::string_view value)
{
    if (value.empty())
        throw refusal(errc::missing_authentication_token,
                      "Request is missing Authentication Token");
    if (take_until(value, ' ') != algorithm)
        throw incomplete("the algorithm AWS4-HMAC-SHA256");
    signature_parts out;
    std::string_view credential;
    while (!value.empty()) {
        std::string_view part = trimmed(take_until(value, ','));
        const std::string_view name = take_until(part, '=');
        if (name == "Credential")
            credential = part;
        else if (name == "SignedHeaders")
            out.names = part;
        else if (name == "Signature")
            out.signature = part;
    }
    out.access_key_id = take_until(credential, '/');
    out.scope = credential;
    for (const auto& [part, name] :
         {std::pair(out.scope, "Credential"), std::pair(out.names, "SignedHeaders"),
          std::pair(out.signature, "Signature")})
        if (part.empty())
            throw incomplete(fmt::format("'{}' parameter", name));
    return out;
}

std::optional<wall_time> parse_amz_date(std::string_view text)
{
    constexpr std::string_view shape = "00000000T000000Z";
    const auto fits = [](char c, char like) {
        return like == '0' ? c >= '0' && c <= '9' : c == like;
    };
    if (text.size() != shape.size() || !std::ranges::equal(text, shape, fits))
        return std::nullopt;
    const auto number = [text](std::size_t at, std::size_t digits) {
        int value = 0;
        std::from_chars(text.data() + at, text.data() + at + digits, value);
        return value;
    };
    using namespace std::chrono;
    const year_month_day day{year(number(0, 4)), month(static_cast<unsigned>(number(4, 2))),
                             std::chrono::day(static_cast<unsigned>(number(6, 2)))};
    if (!day.ok())
        return std::nullopt;
    return wall_time(sys_days(day)) + hours(number(9, 2)) + minutes(number(11, 2)) +
           std::chrono::seconds(number(13, 2));
}

} // namespace sluice::sqs_server
