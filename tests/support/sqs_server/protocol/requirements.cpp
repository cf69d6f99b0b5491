#include "sqs_server/protocol/requirements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace sluice::sqs_server {
namespace {

constexpr std::size_t entry_id_characters_max = 80;
constexpr std::size_t fifo_id_characters_max = 128;
constexpr std::size_t attribute_name_bytes_max = 256;

bool is_alphanumeric(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_entry_id(std::string_view id) noexcept
{
    return !id.empty() && id.size() <= entry_id_characters_max &&
           std::ranges::all_of(id,
                               [](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; });
}

refusal bad_parameter(std::string text)
{
    return {errc::invalid_parameter_value, std::move(text)};
}

bool is_reserved_name(std::string_view name)
{
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return lower.starts_with("aws.") || lower.starts_with("amazon.") || lower.starts_with('.') ||
           lower.ends_with('.');
}

void require_attribute_name(std::string_view name)
{
    if (name.empty() || name.size() > attribute_name_bytes_max)
        throw bad_parameter("Message (user) attribute names must be shorter than 256 Bytes");
    const bool plain = std::ranges::all_of(
        name, [](char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; });
    if (!plain || name.find("..") != std::string_view::npos)
        throw bad_parameter("Message (user) attributes name can only contain upper and lower score "
                            "characters, digits, periods, hyphens and underscores. ");
    if (is_reserved_name(name))
        throw bad_parameter("You can't use message attribute names beginning with 'AWS.' or "
                            "'Amazon.'. These strings are reserved for internal use. "
                            "Additionally, they cannot start or end with '.'.");
}

// "String", "Number" or "Binary", alone or with a label behind a dot.
bool is_of_type(std::string_view type, std::string_view base) noexcept
{
    return type.starts_with(base) && (type.size() == base.size() || type[base.size()] == '.');
}

bool is_number(std::string_view text) noexcept
{
    double value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    return ec == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

} // namespace

refusal missing(std::string_view parameter)
{
    return {errc::missing_parameter,
            fmt::format("The request must contain the parameter {}.", parameter)};
}

void require_between(std::string_view parameter, std::int64_t value, std::int64_t least,
                     std::int64_t most)
{
    if (value < least || value > most)
        throw invalid_value(std::to_string(value), parameter,
                            fmt::format("Must be >= {} and <= {}, if provided.", least, most));
}

void require_batch(std::span<const std::string_view> ids)
{
    if (ids.empty())
        throw refusal(errc::empty_batch_request,
                      "There should be at least one entry in the request.");
    if (ids.size() > batch_entries_max)
        throw refusal(errc::too_many_entries_in_batch,
                      fmt::format("Maximum number of entries per request are {}. You have sent {}.",
                                  batch_entries_max, ids.size()));
    for (const std::string_view id : ids)
        if (!is_entry_id(id))
            throw refusal(errc::invalid_batch_entry_id,
                          "A batch entry id can only contain alphanumeric characters, hyphens and "
                          "underscores. It can be at most 80 letters long.");
    for (auto it = ids.begin(); it != ids.end(); ++it)
        if (std::find(ids.begin(), it, *it) != it)
            throw refusal(errc::batch_entry_ids_not_distinct, fmt::format("Id {} repeated.", *it));
}

void require_fifo_id(std::string_view parameter, std::string_view value)
{
    const bool good = !value.empty() && value.size() <= fifo_id_characters_max &&
                      std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; });
    if (!good)
        throw invalid_value(value, parameter,
                            fmt::format("{} can only include alphanumeric and punctuation "
                                        "characters. 1 to 128 in length.",
                                        parameter));
}

bool has_only_allowed_characters(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
            return false;
        // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
        if (byte == 0xef && text.substr(i + 1, 1) == "\xbf" &&
            (text.substr(i + 2, 1) == "\xbe" || text.substr(i + 2, 1) == "\xbf"))
            return false;
    }
    return true;
}

void require_attribute(const message_attribute& attribute)
{
    require_attribute_name(attribute.name);
    if (attribute.type.empty())
        throw bad_parameter("Missing required parameter DataType");
    const bool number = is_of_type(attribute.type, "Number");
    if (!number && !is_of_type(attribute.type, "String") && !is_of_type(attribute.type, "Binary"))
        throw bad_parameter(fmt::format(
            "The type of message (user) attribute '{}' is invalid. You must use only the following "
            "supported type prefixes: Binary, Number, String.",
            attribute.name));
    if (attribute.type.size() > attribute_name_bytes_max)
        throw bad_parameter("Message (user) attribute types must be shorter than 256 Bytes");
    if (attribute.value.empty())
        throw bad_parameter(fmt::format(
            "Message (user) attribute '{}' must contain a non-empty value of type '{}'.",
            attribute.name, attribute.is_binary() ? "Binary" : "String"));
    if (number && !is_number(attribute.value))
        throw bad_parameter(fmt::format(
            "Can't cast the value of message (user) attribute '{}' to a number.", attribute.name));
    if (!attribute.is_binary() && !has_only_allowed_characters(attribute.value))
        throw bad_parameter("Invalid characters found. Valid unicode characters are #x9 | #xA | "
                            "#xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
}

} // namespace sluice::sqs_server
