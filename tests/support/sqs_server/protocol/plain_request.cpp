#include "sqs_server/protocol/plain_request.hpp"

#include "sqs_server/model/refusal.hpp"
#include "sqs_server/protocol/requirements.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace sluice::sqs_server {
namespace {

namespace json = boost::json;

refusal wrong_type(std::string_view name, std::string_view wanted)
{
    return {errc::serialization, fmt::format("{} is not {}.", name, wanted)};
}

std::string text_of(const json::value& from, std::string_view name)
{
    if (!from.is_string())
        throw wrong_type(name, "a string");
    return std::string(from.get_string());
}

} // namespace

plain_request::plain_request(std::string_view body)
{
    json::error_code ec;
    json::value parsed = json::parse(json::string_view(body), ec);
    if (ec || !parsed.is_object())
        throw refusal(errc::serialization, "The request is not one JSON object.");
    members_ = std::move(parsed.get_object());
}

const json::value* plain_request::find(std::string_view name) const
{
    const json::value* const found = members_.if_contains(json::string_view(name));
    return found == nullptr || found->is_null() ? nullptr : found;
}

bool plain_request::has(std::string_view name) const
{
    return find(name) != nullptr;
}

std::string plain_request::text(std::string_view name) const
{
    std::string out = optional_text(name).value_or("");
    if (out.empty())
        throw missing(name);
    return out;
}

std::optional<std::string> plain_request::optional_text(std::string_view name) const
{
    const json::value* const found = find(name);
    if (found == nullptr)
        return std::nullopt;
    return text_of(*found, name);
}

std::optional<std::int64_t> plain_request::optional_integer(std::string_view name) const
{
    const json::value* const found = find(name);
    if (found == nullptr)
        return std::nullopt;
    if (!found->is_int64())
        throw wrong_type(name, "an integer");
    return found->get_int64();
}

std::vector<std::string> plain_request::texts(std::string_view name) const
{
    std::vector<std::string> out;
    const json::value* const found = find(name);
    if (found == nullptr)
        return out;
    if (!found->is_array())
        throw wrong_type(name, "a list");
    for (const json::value& each : found->get_array())
        out.push_back(text_of(each, name));
    return out;
}

attribute_map plain_request::text_map(std::string_view name) const
{
    attribute_map out;
    const json::value* const found = find(name);
    if (found == nullptr)
        return out;
    if (!found->is_object())
        throw wrong_type(name, "an object");
    for (const auto& [key, value] : found->get_object())
        out.emplace(std::string(key), text_of(value, name));
    return out;
}

void append_json(byte_buffer& out, const json::object& what)
{
    out.append(json::serialize(what));
}

json::object to_json(const attribute_map& from)
{
    json::object out;
    for (const auto& [name, value] : from)
        out.emplace(name, value);
    return out;
}

} // namespace sluice::sqs_server
