#include "source/sqs/replies.hpp"

#include "core/byte_buffer.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <charconv>
#include <utility>

namespace sluice::sqs {
namespace {

namespace json = boost::json;
namespace ondemand = simdjson::ondemand;

// A parsed answer. The usual ones, a few hundred bytes, need no memory beyond this object.
class document
{
public:
    explicit document(std::string_view text)
    {
        if (text.empty())
            return;
        boost::system::error_code ec;
        json::parser parser({}, {}, scratch_.data(), scratch_.size());
        parser.reset(&memory_); // the constructor's is for the parser alone, not for what it makes
        parser.write({text.data(), text.size()}, ec);
        if (!ec)
            value_ = parser.release();
        if (ec || !value_.is_object())
            throw malformed_reply("the answer of SQS is no JSON object");
    }
    document(const document&) = delete;
    document& operator=(const document&) = delete;
    ~document() = default;

    [[nodiscard]] const json::object& root() const { return value_.get_object(); }

private:
    std::array<unsigned char, 4096> space_;   // NOLINT(*-member-init): written before it is read
    std::array<unsigned char, 2048> scratch_; // NOLINT(*-member-init)
    json::monotonic_resource memory_{space_.data(), space_.size()};
    json::value value_ = json::value(json::object_kind, &memory_);
};

std::string text_of(const json::object& from, std::string_view name)
{
    const json::value* const found = from.if_contains({name.data(), name.size()});
    return found != nullptr && found->is_string() ? std::string(found->as_string().c_str())
                                                  : std::string();
}

template <class Number>
bool read_number(const json::object& from, std::string_view name, Number& out)
{
    const std::string text = text_of(from, name);
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc{} && end == text.data() + text.size() && !text.empty();
}

void read_redrive(const json::object& attributes, queue_attributes& out)
{
    const std::string policy = text_of(attributes, "RedrivePolicy");
    if (policy.empty())
        return;
    boost::system::error_code ec;
    const json::value parsed = json::parse(policy, ec);
    if (ec || !parsed.is_object())
        return;
    const json::value* const count = parsed.as_object().if_contains("maxReceiveCount");
    if (count == nullptr)
        return;
    if (count->is_int64() && count->as_int64() > 0)
        out.max_receive_count = static_cast<std::uint32_t>(count->as_int64());
    std::uint32_t value = 0;
    if (count->is_string() && read_number(parsed.as_object(), "maxReceiveCount", value))
        out.max_receive_count = value;
}

encryption read_encryption(const json::object& attributes)
{
    if (!text_of(attributes, "KmsMasterKeyId").empty())
        return encryption::by_key;
    const std::string managed = text_of(attributes, "SqsManagedSseEnabled");
    if (managed.empty())
        return encryption::unknown;
    return managed == "true" ? encryption::managed : encryption::none;
}

// A string, or nothing if it is none.
std::string_view text_of(ondemand::value from)
{
    std::string_view text;
    return from.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// What is said of one entry of a batch.
failed_entry read_entry(ondemand::object from, std::size_t entries)
{
    failed_entry out;
    std::size_t index = entries;
    for (ondemand::field field : from) {
        const std::string_view key = field.unescaped_key();
        if (key == "Id") {
            const std::string_view id = text_of(field.value());
            index = static_cast<std::size_t>(id.size() == 1 ? id[0] - '0' : -1);
        } else if (key == "SenderFault") {
            if (field.value().get_bool().get(out.sender_fault) != simdjson::SUCCESS)
                out.sender_fault = false;
        } else if (key == "Code") {
            out.code = text_of(field.value());
        } else if (key == "Message") {
            out.text = text_of(field.value());
        }
    }
    if (index >= entries)
        throw malformed_reply("a batch answer of SQS names an entry that was not in the call");
    out.index = index;
    return out;
}

// A delete is a tenth of such an answer: a tree of it, which Boost.JSON makes, cost more than all
// else that is done with it.
void read_batch(std::string_view text, batch_reply& reply)
{
    thread_local ondemand::parser parser;
    thread_local byte_buffer padded;
    padded.clear();
    padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    padded.append(text);
    ondemand::document answer = parser.iterate(padded.data(), text.size(), padded.capacity());
    for (ondemand::field field : answer.get_object()) {
        const std::string_view key = field.unescaped_key();
        const bool successful = key == "Successful";
        if (!successful && key != "Failed")
            continue;
        ondemand::value list = field.value();
        if (list.is_null()) // the same as absent
            continue;
        for (ondemand::object each : list.get_array()) {
            failed_entry entry = read_entry(each, reply.results.size());
            entry_result& result = reply.results[entry.index];
            if (successful) {
                result = entry_result::done;
                continue;
            }
            // Our fault: sending the same handle again cannot help.
            result = entry.sender_fault ? entry_result::dead : entry_result::retry;
            reply.failed.push_back(std::move(entry));
        }
    }
    if (answer.current_location().error() != simdjson::OUT_OF_BOUNDS)
        throw simdjson::simdjson_error(simdjson::TRAILING_CONTENT);
}

} // namespace

batch_reply read_batch_reply(std::string_view text, std::size_t entries)
{
    batch_reply reply;
    reply.results.assign(entries, entry_result::retry);
    if (text.empty())
        return reply;
    try {
        read_batch(text, reply);
    } catch (const simdjson::simdjson_error& error) {
        throw malformed_reply(
            fmt::format("the answer of SQS is no batch result: {}", error.what()));
    }
    return reply;
}

queue_attributes read_attributes(std::string_view text)
{
    const document answer(text);
    queue_attributes out;
    const json::value* const found = answer.root().if_contains("Attributes");
    if (found == nullptr || !found->is_object())
        throw malformed_reply("the answer to GetQueueAttributes has no Attributes");
    const json::object& attributes = found->as_object();
    long long number = 0;
    if (read_number(attributes, "VisibilityTimeout", number))
        out.visibility_timeout = seconds(number);
    if (read_number(attributes, "MessageRetentionPeriod", number))
        out.retention = seconds(number);
    read_number(attributes, "ApproximateNumberOfMessages", out.visible);
    read_number(attributes, "ApproximateNumberOfMessagesNotVisible", out.not_visible);
    read_number(attributes, "ApproximateNumberOfMessagesDelayed", out.delayed);
    out.fifo = text_of(attributes, "FifoQueue") == "true";
    out.at_rest = read_encryption(attributes);
    read_redrive(attributes, out);
    return out;
}

std::string read_queue_url(std::string_view text)
{
    const document answer(text);
    std::string url = text_of(answer.root(), "QueueUrl");
    if (url.empty())
        throw malformed_reply("the answer to GetQueueUrl has no QueueUrl");
    return url;
}

} // namespace sluice::sqs
