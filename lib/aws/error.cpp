#include "aws/error.hpp"

#include "core/control_characters.hpp"

#include <boost/json/parse.hpp>

#include <array>

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr std::size_t message_bytes_max = 300; // an error page of a proxy may be long

// The first of these members that is a string.
std::string string_member(const json::value& body, std::initializer_list<std::string_view> names)
{
    const json::object* const object = body.if_object();
    if (object == nullptr)
        return {};
    for (const std::string_view name : names) {
        const json::value* const member = object->if_contains({name.data(), name.size()});
        if (member != nullptr && member->is_string())
            return std::string(std::string_view(member->get_string()));
    }
    return {};
}

// "com.amazonaws.sqs#QueueDoesNotExist:http://..." is QueueDoesNotExist.
std::string_view bare_type(std::string_view type)
{
    type = type.substr(0, type.find(':'));
    const std::size_t hash = type.find('#');
    return hash == std::string_view::npos ? type : type.substr(hash + 1);
}

// The part before the semicolon of "Code;Sender", if there are two parts.
std::string_view legacy_code(std::string_view field)
{
    const std::size_t semicolon = field.find(';');
    if (semicolon == std::string_view::npos || semicolon + 1 == field.size())
        return {};
    return field.substr(0, semicolon);
}

} // namespace

service_error parse_error(unsigned status, std::span<const net::http_field> fields,
                          std::string_view body)
{
    boost::system::error_code not_json;
    const json::value parsed = json::parse({body.data(), body.size()}, not_json);
    service_error error;
    error.status = status;
    std::string type = string_member(parsed, {"__type", "code"});
    if (type.empty())
        type = net::find_field(fields, "X-Amzn-ErrorType");
    error.type = bare_type(type);
    if (error.type.empty())
        error.type = std::to_string(status);
    error.legacy_code = legacy_code(net::find_field(fields, "x-amzn-query-error"));
    const std::string message = not_json ? std::string(body.substr(0, message_bytes_max))
                                         : string_member(parsed, {"message", "Message"});
    error.message = one_line(std::string_view(message).substr(0, message_bytes_max));
    error.request_id = net::find_field(fields, "x-amzn-RequestId");
    return error;
}

} // namespace sluice::aws
