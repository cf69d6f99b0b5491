// Message attributes: read from a request, digested, filtered, and written into an answer.
#pragma once

#include "core/byte_buffer.hpp"
#include "sqs_server/model/digest.hpp"
#include "sqs_server/model/message.hpp"
#include "sqs_server/protocol/request_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::sqs_server {

// Reads {name: {DataType, StringValue | BinaryValue}}, sorted by name.
[[nodiscard]] std::vector<message_attribute> read_attributes(json_object from);

// The MD5 that SQS gives for attributes; they are sorted by name.
[[nodiscard]] std::string attributes_md5(digest& md5,
                                         const std::vector<message_attribute>& attributes);

// MessageAttributeNames of a receive: All, .*, names, prefix.*
struct attribute_filter
{
    bool all = false;
    std::vector<std::string> names;

    void add(std::string_view name);
    [[nodiscard]] bool empty() const noexcept { return !all && names.empty(); }
    [[nodiscard]] bool passes(std::string_view name) const noexcept;
};

// Appends the members MD5OfMessageAttributes and MessageAttributes, each behind a comma; nothing
// if the filter lets nothing through.
void append_attributes(byte_buffer& out, digest& md5, const message_details& details,
                       const attribute_filter& filter);

} // namespace sluice::sqs_server
