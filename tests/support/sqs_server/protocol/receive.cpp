#include "sqs_server/protocol/receive.hpp"

#include "sqs_server/model/refusal.hpp"
#include "sqs_server/protocol/handlers.hpp"
#include "sqs_server/protocol/json_text.hpp"
#include "sqs_server/protocol/message_text.hpp"
#include "sqs_server/protocol/requirements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::sqs_server {
namespace {

struct system_attribute_name
{
    std::string_view name;
    std::uint32_t bits;
};

constexpr std::array system_attribute_names = std::to_array<system_attribute_name>({
    {"All", all_bits},
    {"SenderId", sender_id_bit},
    {"SentTimestamp", sent_timestamp_bit},
    {"ApproximateReceiveCount", receive_count_bit},
    {"ApproximateFirstReceiveTimestamp", first_receive_timestamp_bit},
    {"SequenceNumber", sequence_number_bit},
    {"MessageDeduplicationId", deduplication_id_bit},
    {"MessageGroupId", group_id_bit},
    {"AWSTraceHeader", trace_header_bit},
    {"DeadLetterQueueSourceArn", source_arn_bit},
});

std::uint32_t bits_of(std::string_view name)
{
    const auto it = std::ranges::find(system_attribute_names, name, &system_attribute_name::name);
    if (it == system_attribute_names.end())
        throw refusal(errc::invalid_attribute_name, fmt::format("Unknown Attribute {}.", name));
    return it->bits;
}

// The numbers of a receive, as they were asked for.
struct receive_numbers
{
    std::int64_t messages_max = 1;
    std::optional<std::int64_t> visibility;
    std::optional<std::int64_t> wait;
};

void read_field(receive_call& into, receive_numbers& numbers, std::string_view name,
                json_value value)
{
    if (name == "MaxNumberOfMessages")
        numbers.messages_max = value.get_int64();
    else if (name == "WaitTimeSeconds")
        numbers.wait = value.get_int64();
    else if (name == "VisibilityTimeout")
        numbers.visibility = value.get_int64();
    else if (name == "MessageSystemAttributeNames" || name == "AttributeNames")
        for_each_element(value, [&](json_value element) {
            into.system_attributes |= bits_of(element.get_string());
        });
    else if (name == "MessageAttributeNames")
        for_each_element(value,
                         [&](json_value element) { into.attributes.add(element.get_string()); });
    else if (name == "ReceiveRequestAttemptId")
        into.options.attempt_id = std::string_view(value.get_string());
}

void check(const receive_numbers& numbers)
{
    if (numbers.messages_max < 1 || numbers.messages_max > std::int64_t{receive_messages_max})
        throw invalid_value(std::to_string(numbers.messages_max), "MaxNumberOfMessages",
                            "Must be between 1 and 10, if provided.");
    if (numbers.wait)
        require_between("WaitTimeSeconds", *numbers.wait, 0, wait_max.count());
    if (numbers.visibility)
        require_between("VisibilityTimeout", *numbers.visibility, 0, visibility_max.count());
}

// Writes "Name":"value" pairs, the numbers as strings too.
class attribute_writer
{
public:
    explicit attribute_writer(byte_buffer& out) : out_(out) { out_.append(",\"Attributes\":{"); }

    void number(std::string_view name, std::uint64_t value)
    {
        begin(name);
        append_number(out_, value);
        out_.push_back('"');
    }

    void time(std::string_view name, wall_time value)
    {
        number(name, static_cast<std::uint64_t>(value.time_since_epoch().count()));
    }

    void text(std::string_view name, std::string_view value)
    {
        if (value.empty())
            return;
        begin(name);
        append_escaped(out_, value);
        out_.push_back('"');
    }

    void plain(std::string_view name, std::string_view value)
    {
        begin(name);
        append_all(out_, value, "\"");
    }

    void end() { out_.push_back('}'); }

private:
    void begin(std::string_view name)
    {
        append_separator(out_);
        append_all(out_, "\"", name, "\":\"");
    }

    byte_buffer& out_;
};

void append_system_attributes(byte_buffer& out, const received_message& what, std::uint32_t wanted,
                              bool fifo)
{
    const message& from = *what.what;
    attribute_writer write(out);
    if (wanted & sender_id_bit)
        write.plain("SenderId", sender_id);
    if (wanted & sent_timestamp_bit)
        write.time("SentTimestamp", from.sent_at);
    if (wanted & receive_count_bit)
        write.number("ApproximateReceiveCount", what.by.receive);
    if (wanted & first_receive_timestamp_bit)
        write.time("ApproximateFirstReceiveTimestamp", from.first_received_at);
    if (fifo && (wanted & sequence_number_bit))
        write.plain("SequenceNumber", sequence_number(from.number));
    if (from.details) {
        if (wanted & deduplication_id_bit)
            write.text("MessageDeduplicationId", from.details->deduplication_id);
        if (wanted & group_id_bit)
            write.text("MessageGroupId", from.details->group_id);
        if (wanted & trace_header_bit)
            write.text("AWSTraceHeader", from.details->trace_header);
        if (wanted & source_arn_bit)
            write.text("DeadLetterQueueSourceArn", from.details->source_arn);
    }
    write.end();
}

// The part that every message has, in one stretch of memory.
void append_message_head(byte_buffer& out, const received_message& what)
{
    constexpr std::string_view before_id = "{\"MessageId\":\"";
    constexpr std::string_view before_handle = "\",\"ReceiptHandle\":\"";
    constexpr std::string_view before_text = "\",";
    const std::string& text = what.what->text;
    char* at = out.extend(before_id.size() + message_id::characters + before_handle.size() +
                          handle_characters + before_text.size() + text.size());
    const auto put = [&at](std::string_view piece) {
        std::memcpy(at, piece.data(), piece.size());
        at += piece.size();
    };
    put(before_id);
    what.what->id.write(at);
    at += message_id::characters;
    put(before_handle);
    write_handle(what.by, at);
    at += handle_characters;
    put(before_text);
    put(text);
}

// Spoils the digest of the message that was appended last, whose text is `text_bytes` long.
void spoil_md5(byte_buffer& out, std::size_t text_bytes)
{
    char& digit = out.data()[out.size() - text_bytes + message_text_prefix.size()];
    digit = digit == '0' ? '1' : '0';
}

} // namespace

receive_call read_receive(context& with, std::string_view body)
{
    receive_call out;
    receive_numbers numbers;
    std::string_view url;
    with.reader.read(body, [&](std::string_view name, json_value value) {
        if (name == "QueueUrl")
            url = value.get_string();
        else
            read_field(out, numbers, name, value);
    });
    const queue& from = with.queue_at(url);
    check(numbers);
    if (!out.options.attempt_id.empty()) {
        require_fifo_id("ReceiveRequestAttemptId", out.options.attempt_id);
        if (!from.settings().fifo)
            throw invalid_value(out.options.attempt_id, "ReceiveRequestAttemptId",
                                "The request include parameter that is not valid for this queue "
                                "type.");
    }
    out.queue_name = from.name();
    out.options.messages_max = static_cast<std::size_t>(numbers.messages_max);
    if (numbers.visibility)
        out.options.visibility = seconds(*numbers.visibility);
    out.wait = numbers.wait ? seconds(*numbers.wait) : from.settings().wait;
    out.options.long_poll = out.wait > seconds(0);
    return out;
}

bool try_receive(context& with, const receive_call& what, wall_time now, const call_faults& faults,
                 byte_buffer& out)
{
    queue& from = with.of.at(what.queue_name);
    std::vector<received_message>& got = with.received;
    got.clear();
    with.of.receive(from, what.options, now, got);
    if (got.empty())
        return false;
    out.append("{\"Messages\":[");
    for (const received_message& each : got) {
        append_separator(out);
        append_message_head(out, each);
        if (faults.wrong_md5 && &each == &got.front())
            spoil_md5(out, each.what->text.size());
        if (what.system_attributes != 0)
            append_system_attributes(out, each, what.system_attributes, from.settings().fifo);
        if (each.what->details)
            append_attributes(out, with.md5, *each.what->details, what.attributes);
        out.push_back('}');
    }
    out.append("]}");
    return true;
}

void receive_message(context& with, const call& in, byte_buffer& out)
{
    if (!try_receive(with, read_receive(with, in.body), in.now, in.faults, out))
        out.append("{}");
}

} // namespace sluice::sqs_server
