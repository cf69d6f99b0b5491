// SendMessage and SendMessageBatch.
#include "sqs_server/protocol/attributes.hpp"
#include "sqs_server/protocol/batch.hpp"
#include "sqs_server/protocol/handlers.hpp"
#include "sqs_server/protocol/json_text.hpp"
#include "sqs_server/protocol/message_text.hpp"
#include "sqs_server/protocol/requirements.hpp"

#include <fmt/format.h>

#include <array>
#include <numeric>

namespace sluice::sqs_server {
namespace {

// A message as the request has it. The views live in the reader.
struct entry
{
    std::string_view id;
    std::string_view body;
    std::optional<std::int64_t> delay;
    std::optional<std::string_view> group_id;
    std::optional<std::string_view> deduplication_id;
    std::vector<message_attribute> attributes;
    std::vector<message_attribute> system_attributes;

    // What counts against the limits: the body, and names, types and values of the attributes.
    [[nodiscard]] std::size_t bytes() const noexcept
    {
        return std::accumulate(attributes.begin(), attributes.end(), body.size(),
                               [](std::size_t sum, const message_attribute& each) {
                                   return sum + each.name.size() + each.type.size() +
                                          each.value.size();
                               });
    }
};

// One field of a message. True if the field is one of a message.
bool read_field(entry& into, std::string_view name, json_value value)
{
    if (name == "MessageBody")
        into.body = value.get_string();
    else if (name == "Id")
        into.id = value.get_string();
    else if (name == "DelaySeconds")
        into.delay = value.get_int64();
    else if (name == "MessageGroupId")
        into.group_id = value.get_string();
    else if (name == "MessageDeduplicationId")
        into.deduplication_id = value.get_string();
    else if (name == "MessageAttributes")
        into.attributes = read_attributes(value.get_object());
    else if (name == "MessageSystemAttributes")
        into.system_attributes = read_attributes(value.get_object());
    else
        return false;
    return true;
}

refusal wrong_queue_type(std::string_view value, std::string_view parameter)
{
    return invalid_value(value, parameter,
                         "The request include parameter that is not valid for this queue type.");
}

void check_ids(const entry& what, const queue_settings& settings)
{
    if (what.group_id)
        require_fifo_id("MessageGroupId", *what.group_id);
    if (what.deduplication_id)
        require_fifo_id("MessageDeduplicationId", *what.deduplication_id);
    if (!settings.fifo && what.deduplication_id)
        throw wrong_queue_type(*what.deduplication_id, "MessageDeduplicationId");
    if (what.delay) {
        require_between("DelaySeconds", *what.delay, 0, delay_max.count());
        if (settings.fifo && *what.delay != 0)
            throw wrong_queue_type(std::to_string(*what.delay), "DelaySeconds");
    }
}

void check_attributes(const entry& what)
{
    if (what.attributes.size() > message_attributes_max)
        throw refusal(errc::invalid_parameter_value,
                      fmt::format("Number of message attributes [{}] exceeds the allowed maximum "
                                  "[{}].",
                                  what.attributes.size(), message_attributes_max));
    for (const message_attribute& each : what.attributes)
        require_attribute(each);
    for (const message_attribute& each : what.system_attributes)
        if (each.name != "AWSTraceHeader" || each.type != "String" || each.value.empty())
            throw invalid_value(each.name, "MessageSystemAttributes",
                                "AWSTraceHeader of type String is the only one.");
}

// What SQS says of one message, and of one among many.
constexpr std::string_view alone = "are invalid";
constexpr std::string_view in_batch = "cannot be validated";

void check(const entry& what, const queue_settings& settings, std::string_view verdict)
{
    if (what.body.empty())
        throw missing("MessageBody");
    if (!has_only_allowed_characters(what.body))
        throw refusal(errc::invalid_message_contents,
                      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | "
                      "#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
    check_attributes(what);
    check_ids(what, settings);
    if (what.bytes() > settings.message_bytes)
        throw refusal(errc::invalid_parameter_value,
                      fmt::format("One or more parameters {}. Reason: Message must be shorter "
                                  "than {} bytes.",
                                  verdict, settings.message_bytes));
}

// Details cost memory on every message: a plain one goes without.
std::unique_ptr<message_details> details_of(entry& what, const queue_settings& settings,
                                            digest& md5)
{
    if (!settings.fifo && !what.group_id && what.attributes.empty() &&
        what.system_attributes.empty())
        return nullptr;
    auto out = std::make_unique<message_details>();
    out->group_id = what.group_id.value_or("");
    out->deduplication_id = what.deduplication_id.value_or("");
    if (!what.attributes.empty())
        out->attributes_md5 = attributes_md5(md5, what.attributes);
    out->attributes = std::move(what.attributes);
    if (!what.system_attributes.empty())
        out->trace_header = what.system_attributes.front().value;
    return out;
}

struct sent_entry
{
    sent_message sent;
    std::string body_md5;
    std::string attributes_md5;
    std::string system_attributes_md5;
};

sent_entry send(context& with, queue& to, entry& what, wall_time now)
{
    sent_entry out;
    out.body_md5 = with.md5(what.body);
    if (!what.system_attributes.empty())
        out.system_attributes_md5 = attributes_md5(with.md5, what.system_attributes);
    new_message given;
    given.text = message_text(what.body, out.body_md5);
    given.body = what.body;
    given.size_bytes = static_cast<std::uint32_t>(what.bytes());
    if (what.delay && !to.settings().fifo)
        given.delay = seconds(*what.delay);
    given.details = details_of(what, to.settings(), with.md5);
    if (given.details)
        out.attributes_md5 = given.details->attributes_md5;
    out.sent = to.send(std::move(given), now);
    return out;
}

// The members of a sent message, each behind a comma.
void append_sent(byte_buffer& out, const sent_entry& what, bool fifo)
{
    std::array<char, message_id::characters> id;
    what.sent.id.write(id.data());
    append_all(out, ",\"MessageId\":\"", std::string_view(id.data(), id.size()),
               "\",\"MD5OfMessageBody\":\"", what.body_md5, "\"");
    if (!what.attributes_md5.empty())
        append_all(out, ",\"MD5OfMessageAttributes\":\"", what.attributes_md5, "\"");
    if (!what.system_attributes_md5.empty())
        append_all(out, ",\"MD5OfMessageSystemAttributes\":\"", what.system_attributes_md5, "\"");
    if (fifo)
        append_all(out, ",\"SequenceNumber\":\"", sequence_number(what.sent.number), "\"");
}

// What a FIFO queue demands of every entry; SQS refuses the whole batch for one that lacks it.
void check_fifo_batch(const std::vector<entry>& entries, const queue_settings& settings)
{
    if (!settings.fifo)
        return;
    for (const entry& each : entries) {
        if (!each.group_id || each.group_id->empty())
            throw refusal(errc::invalid_parameter_value,
                          "The request must contain the parameter MessageGroupId.");
        if (!settings.content_deduplication && !each.deduplication_id)
            throw refusal(errc::invalid_parameter_value,
                          "The queue should either have ContentBasedDeduplication enabled or "
                          "MessageDeduplicationId provided explicitly");
    }
}

void check_batch(const std::vector<entry>& entries, const queue_settings& settings)
{
    std::vector<std::string_view> ids;
    std::size_t bytes = 0;
    for (const entry& each : entries) {
        ids.push_back(each.id);
        bytes += each.bytes();
    }
    require_batch(ids);
    check_fifo_batch(entries, settings);
    if (bytes > message_bytes_max)
        throw refusal(errc::batch_request_too_long,
                      fmt::format("Batch requests cannot be longer than {} bytes. You have sent {} "
                                  "bytes.",
                                  message_bytes_max, bytes));
}

} // namespace

void send_message(context& with, const call& in, byte_buffer& out)
{
    std::string_view url;
    entry what;
    with.reader.read(in.body, [&](std::string_view name, json_value value) {
        if (name == "QueueUrl")
            url = value.get_string();
        else
            read_field(what, name, value);
    });
    queue& to = with.queue_at(url);
    check(what, to.settings(), alone);
    if (to.settings().fifo && !what.group_id)
        throw missing("MessageGroupId");
    const sent_entry sent = send(with, to, what, in.now);
    const std::size_t from = out.size();
    append_sent(out, sent, to.settings().fifo);
    out.data()[from] = '{'; // in place of the first comma
    out.push_back('}');
}

void send_message_batch(context& with, const call& in, byte_buffer& out)
{
    std::string_view url;
    std::vector<entry> entries;
    with.reader.read(in.body, [&](std::string_view name, json_value value) {
        if (name == "QueueUrl")
            url = value.get_string();
        else if (name == "Entries")
            for_each_element(value, [&](json_value element) {
                entry& what = entries.emplace_back();
                for_each_field(element.get_object(),
                               [&](std::string_view member, json_value inner) {
                                   read_field(what, member, inner);
                               });
            });
    });
    queue& to = with.queue_at(url);
    check_batch(entries, to.settings());
    batch_answer answer(out);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (in.faults.fails(i)) {
            answer.failed_by_fault(entries[i].id);
            continue;
        }
        try {
            check(entries[i], to.settings(), in_batch);
            const sent_entry sent = send(with, to, entries[i], in.now);
            answer.begin_succeeded(entries[i].id);
            append_sent(out, sent, to.settings().fifo);
            out.push_back('}');
        } catch (const refusal& why) {
            answer.failed(entries[i].id, why);
        }
    }
    answer.finish();
}

} // namespace sluice::sqs_server
