#include "sqs_server/protocol/attributes.hpp"

#include "core/encoding.hpp"
#include "sqs_server/model/refusal.hpp"
#include "sqs_server/protocol/json_text.hpp"

#include <algorithm>

namespace sluice::sqs_server {
namespace {

constexpr char string_tag = 1;
constexpr char binary_tag = 2;

std::string decoded(std::string_view name, std::string_view base64)
{
    const auto bytes = from_base64(base64);
    if (!bytes)
        throw refusal(errc::serialization, "BinaryValue of message attribute '" +
                                               std::string(name) + "' is not base64.");
    return std::string(as_text(*bytes));
}

message_attribute read_attribute(std::string_view name, json_object from)
{
    message_attribute out{std::string(name), {}, {}};
    for_each_field(from, [&](std::string_view member, json_value value) {
        if (member == "DataType")
            out.type = std::string_view(value.get_string());
        else if (member == "StringValue")
            out.value = std::string_view(value.get_string());
        else if (member == "BinaryValue")
            out.value = decoded(name, value.get_string());
    });
    return out;
}

void update_sized(digest& md5, std::string_view text)
{
    md5.update_u32(static_cast<std::uint32_t>(text.size()));
    md5.update(text);
}

void append_attribute(byte_buffer& out, const message_attribute& attribute)
{
    append_separator(out);
    append_all(out, "\"", attribute.name, "\":{\"DataType\":\"");
    append_escaped(out, attribute.type);
    if (attribute.is_binary()) {
        append_all(out, "\",\"BinaryValue\":\"", to_base64(as_bytes(attribute.value)), "\"}");
        return;
    }
    append_all(out, "\",\"StringValue\":\"");
    append_escaped(out, attribute.value);
    append_all(out, "\"}");
}

} // namespace

std::vector<message_attribute> read_attributes(json_object from)
{
    std::vector<message_attribute> out;
    for_each_field(from, [&](std::string_view name, json_value value) {
        out.push_back(read_attribute(name, value.get_object()));
    });
    std::ranges::sort(out, {}, &message_attribute::name);
    return out;
}

std::string attributes_md5(digest& md5, const std::vector<message_attribute>& attributes)
{
    for (const message_attribute& each : attributes) {
        update_sized(md5, each.name);
        update_sized(md5, each.type);
        const char tag = each.is_binary() ? binary_tag : string_tag;
        md5.update({&tag, 1});
        update_sized(md5, each.value);
    }
    return md5.finish();
}

void attribute_filter::add(std::string_view name)
{
    if (name == "All" || name == ".*")
        all = true;
    else
        names.emplace_back(name);
}

bool attribute_filter::passes(std::string_view name) const noexcept
{
    return all || std::ranges::any_of(names, [name](std::string_view wanted) {
               if (!wanted.ends_with(".*"))
                   return name == wanted;
               wanted.remove_suffix(2);
               return name.starts_with(wanted);
           });
}

void append_attributes(byte_buffer& out, digest& md5, const message_details& details,
                       const attribute_filter& filter)
{
    if (details.attributes.empty() || filter.empty())
        return;
    std::vector<message_attribute> chosen;
    if (!filter.all) {
        std::ranges::copy_if(
            details.attributes, std::back_inserter(chosen),
            [&](const message_attribute& each) { return filter.passes(each.name); });
        if (chosen.empty())
            return;
    }
    const auto& shown = filter.all ? details.attributes : chosen;
    const std::string digest_text =
        filter.all ? details.attributes_md5 : attributes_md5(md5, chosen);
    append_all(out, ",\"MD5OfMessageAttributes\":\"", digest_text, "\",\"MessageAttributes\":{");
    for (const message_attribute& each : shown)
        append_attribute(out, each);
    out.push_back('}');
}

} // namespace sluice::sqs_server
