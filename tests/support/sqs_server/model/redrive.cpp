#include "sqs_server/model/redrive.hpp"

#include "sqs_server/model/refusal.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::sqs_server {
namespace {

namespace json = boost::json;

constexpr std::int64_t receives_least = 1;
constexpr std::int64_t receives_most = 1000;

json::object parse_object(std::string_view name, const std::string& text)
{
    json::error_code ec;
    const json::value parsed = json::parse(text, ec);
    if (ec || !parsed.is_object())
        throw invalid_value(text, name, "It is not a JSON object.");
    return parsed.get_object();
}

// AWS takes the number with and without quotes.
std::int64_t receives_of(const json::value& given)
{
    if (given.is_int64())
        return given.get_int64();
    std::int64_t value = 0; // out of range, as any other text
    if (given.is_string()) {
        const std::string_view text(given.get_string());
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (ec != std::errc() || end != text.data() + text.size())
            value = 0;
    }
    return value;
}

const json::value& mandatory(const json::object& in, std::string_view member,
                             const std::string& text)
{
    if (const json::value* const found = in.if_contains(member))
        return *found;
    throw invalid_value(
        text, "RedrivePolicy",
        fmt::format("Redrive policy does not contain mandatory attribute: {}.", member));
}

} // namespace

std::optional<redrive_policy> read_redrive_policy(const std::string& text)
{
    if (text.empty())
        return std::nullopt;
    const json::object object = parse_object("RedrivePolicy", text);
    const json::value& target = mandatory(object, "deadLetterTargetArn", text);
    const std::int64_t receives = receives_of(mandatory(object, "maxReceiveCount", text));
    if (receives < receives_least || receives > receives_most)
        throw invalid_value(text, "RedrivePolicy",
                            fmt::format("Invalid value for maxReceiveCount: {}, valid values are "
                                        "from {} to {} both inclusive.",
                                        json::serialize(object.at("maxReceiveCount")),
                                        receives_least, receives_most));
    if (!target.is_string())
        throw invalid_value(text, "RedrivePolicy", "deadLetterTargetArn is not a string.");
    return redrive_policy{std::string(target.get_string()), static_cast<std::uint32_t>(receives),
                          text};
}

void check_redrive_allow_policy(const std::string& text)
{
    if (text.empty())
        return;
    const json::object object = parse_object("RedriveAllowPolicy", text);
    const json::value* const permission = object.if_contains("redrivePermission");
    const json::value* const sources = object.if_contains("sourceQueueArns");
    if (permission == nullptr || !permission->is_string())
        throw invalid_value(text, "RedriveAllowPolicy", "It has no redrivePermission.");
    const std::string_view value(permission->get_string());
    const bool by_queue = value == "byQueue";
    if (!by_queue && value != "allowAll" && value != "denyAll")
        throw invalid_value(text, "RedriveAllowPolicy",
                            "redrivePermission is allowAll, denyAll or byQueue.");
    if (by_queue != (sources != nullptr && sources->is_array()))
        throw invalid_value(text, "RedriveAllowPolicy",
                            "byQueue, and nothing else, takes a list of sourceQueueArns.");
}

bool allows_redrive(const std::string& redrive_allow_policy, std::string_view source_arn)
{
    if (redrive_allow_policy.empty())
        return true;
    const json::object policy = parse_object("RedriveAllowPolicy", redrive_allow_policy);
    const std::string_view permission(policy.at("redrivePermission").get_string());
    if (permission != "byQueue")
        return permission == "allowAll";
    return std::ranges::any_of(
        policy.at("sourceQueueArns").get_array(), [&](const json::value& arn) {
            return arn.is_string() && std::string_view(arn.get_string()) == source_arn;
        });
}

} // namespace sluice::sqs_server
