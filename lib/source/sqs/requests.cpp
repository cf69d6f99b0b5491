#include "source/sqs/requests.hpp"

#include "core/encoding.hpp"

#include <fmt/format.h>

#include <cassert>
#include <concepts>

namespace sluice::sqs {
namespace {

// Room for a batch, so that the text is never moved while it grows.
std::size_t batch_bytes(std::string_view head, std::span<const receipt> receipts)
{
    constexpr std::size_t around_an_entry = 64; // names, braces, the timeout
    std::size_t bytes = head.size() + around_an_entry;
    for (const receipt each : receipts)
        bytes += each->receipt_handle.size() + around_an_entry;
    return bytes;
}

void append_number(std::string& out, std::integral auto number)
{
    const fmt::format_int digits(number);
    out.append(digits.data(), digits.size());
}

// Behind another member.
void append_member(std::string& out, std::string_view name, std::string_view value)
{
    if (value.empty())
        return;
    out += fmt::format(R"(,"{}":)", name);
    append_json_string(out, value);
}

} // namespace

static_assert(messages_per_call <= 10, "an entry id is one digit");

request_renderer::request_renderer(std::string_view queue_url) : head_(R"({"QueueUrl":)")
{
    append_json_string(head_, queue_url);
}

std::string request_renderer::receive(const receive_options& options) const
{
    constexpr std::size_t rest_bytes = 256;
    std::string out;
    out.reserve(head_.size() + rest_bytes);
    out = head_;
    out += R"(,"MaxNumberOfMessages":)";
    append_number(out, messages_per_call);
    out += R"(,"WaitTimeSeconds":)";
    append_number(out, options.wait.count());
    if (options.visibility) {
        out += R"(,"VisibilityTimeout":)";
        append_number(out, options.visibility->count());
    }
    out += R"(,"MessageSystemAttributeNames":["ApproximateReceiveCount","SentTimestamp",)"
           R"("MessageGroupId"])";
    if (options.message_attributes)
        out += R"(,"MessageAttributeNames":["All"])";
    if (!options.attempt.empty())
        out.append(R"(,"ReceiveRequestAttemptId":")").append(options.attempt).push_back('"');
    out.push_back('}');
    return out;
}

std::string request_renderer::receive_nothing() const
{
    return head_ + R"(,"MaxNumberOfMessages":0,"WaitTimeSeconds":0})";
}

void request_renderer::remove(std::span<const receipt> receipts, std::string& out) const
{
    assert(!receipts.empty() && receipts.size() <= messages_per_call);
    out.reserve(batch_bytes(head_, receipts));
    out = head_;
    out += R"(,"Entries":[)";
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        out += i == 0 ? R"({"Id":")" : R"(,{"Id":")";
        out.push_back(static_cast<char>('0' + i));
        out += R"(","ReceiptHandle":")";
        out += receipts[i]->receipt_handle;
        out += R"("})";
    }
    out += "]}";
}

void request_renderer::change_visibility(std::span<const receipt> receipts, seconds timeout,
                                         std::string& out) const
{
    assert(!receipts.empty() && receipts.size() <= messages_per_call);
    out.reserve(batch_bytes(head_, receipts));
    const std::string tail = fmt::format(R"(","VisibilityTimeout":{}}})", timeout.count());
    out = head_;
    out += R"(,"Entries":[)";
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        out += i == 0 ? R"({"Id":")" : R"(,{"Id":")";
        out.push_back(static_cast<char>('0' + i));
        out += R"(","ReceiptHandle":")";
        out += receipts[i]->receipt_handle;
        out += tail;
    }
    out += "]}";
}

void request_renderer::send(std::span<const outgoing> messages, std::string& out) const
{
    assert(!messages.empty() && messages.size() <= messages_per_call);
    out = head_;
    out += R"(,"Entries":[)";
    for (std::size_t i = 0; i < messages.size(); ++i) {
        out += i == 0 ? R"({"Id":")" : R"(,{"Id":")";
        out.push_back(static_cast<char>('0' + i));
        out += R"(","MessageBody":)";
        append_json_string(out, messages[i].body);
        append_member(out, "MessageGroupId", messages[i].group_id);
        append_member(out, "MessageDeduplicationId", messages[i].deduplication_id);
        out.push_back('}');
    }
    out += "]}";
}

std::string request_renderer::attributes() const
{
    return head_ + R"(,"AttributeNames":["All"]})";
}

} // namespace sluice::sqs
