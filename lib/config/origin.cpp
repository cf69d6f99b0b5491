// `from`: where the value of a column comes from.
#include "config/rules.hpp"
#include "config/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sluice::config {
namespace {

using origin = std::variant<json_pointer, metadata_source>;

constexpr std::size_t attribute_name_bytes_max = 256;
constexpr std::string_view attribute_prefix = "@attribute/";

struct metadata_name
{
    std::string_view name;
    metadata which;
};

constexpr std::array<metadata_name, 6> metadata_names{{
    {"@message_id", metadata::message_id},
    {"@sent_at", metadata::sent_at},
    {"@received_at", metadata::received_at},
    {"@receive_count", metadata::receive_count},
    {"@group_id", metadata::group_id},
    {"@body", metadata::body},
}};

// The names that SQS lets a message attribute have.
bool is_attribute_name(std::string_view name)
{
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    return !name.empty() && name.size() <= attribute_name_bytes_max && name.front() != '.' &&
           name.back() != '.' && name.find("..") == std::string_view::npos &&
           name.find_first_not_of(letters) == std::string_view::npos;
}

parsed<origin> parse_metadata(value_text from)
{
    if (from.text.starts_with(attribute_prefix)) {
        const std::string_view name = from.text.substr(attribute_prefix.size());
        if (is_attribute_name(name))
            return origin(metadata_source{metadata::attribute, std::string(name)});
        return problem{fmt::format("{} names no message attribute", from.shown),
                       "write @attribute/NAME with letters, digits, _, - and single dots"};
    }
    std::vector<std::string> names;
    for (const metadata_name& each : metadata_names) {
        if (each.name == from.text)
            return origin(metadata_source{each.which, {}});
        names.emplace_back(each.name);
    }
    names.push_back(std::string(attribute_prefix) + "NAME");
    return problem{fmt::format("{} is no metadata", from.shown), suggest(from.text, names)};
}

// `~1` stands for / and `~0` for ~ (RFC 6901, section 4).
parsed<std::string> unescape(std::string_view token, std::string_view shown)
{
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            out.push_back(token[i]);
            continue;
        }
        const char code = i + 1 < token.size() ? token[i + 1] : '\0';
        if (code != '0' && code != '1') {
            return problem{fmt::format("{} has a ~ that escapes nothing", shown),
                           "write ~0 for ~ and ~1 for /"};
        }
        out.push_back(code == '0' ? '~' : '/');
        ++i;
    }
    return out;
}

parsed<origin> parse_pointer(value_text from)
{
    json_pointer pointer;
    std::string_view rest = from.text;
    while (!rest.empty()) {
        rest.remove_prefix(1); // the slash
        const std::size_t end = std::min(rest.find('/'), rest.size());
        auto token = unescape(rest.substr(0, end), from.shown);
        if (!token)
            return token.error();
        pointer.path.push_back(std::move(*token));
        rest.remove_prefix(end);
    }
    return origin(std::move(pointer));
}

} // namespace

parsed<origin> parse_origin(value_text from)
{
    if (from.text.starts_with('@'))
        return parse_metadata(from);
    if (from.text.empty() || from.text.starts_with('/'))
        return parse_pointer(from);
    return problem{fmt::format("{} is neither a JSON pointer nor metadata", from.shown),
                   "write /field, /object/field, or @sent_at and the like"};
}

// RFC 6901, section 4.
std::string pointer_text(const json_pointer& pointer)
{
    std::string out;
    for (const std::string& token : pointer.path) {
        out.push_back('/');
        for (const char c : token)
            out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return out;
}

} // namespace sluice::config
