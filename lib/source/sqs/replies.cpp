#include "source/sqs/replies.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <charconv>

namespace sluice::sqs {
namespace {

namespace json = boost::json;

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

// Absent and null mean the same.
const json::array* find_array(const json::object& from, std::string_view name)
{
    const json::value* const found = from.if_contains({name.data(), name.size()});
    if (found == nullptr || found->is_null())
        return nullptr;
    if (!found->is_array())
        throw malformed_reply("a batch answer of SQS has no list where one belongs");
    return &found->as_array();
}

std::string text_of(const json::object& from, std::string_view name)
{
    const json::value* const found = from.if_contains({name.data(), name.size()});
    return found != nullptr && found->is_string() ? std::string(found->as_string().c_str())
                                                  : std::string();
}

std::size_t entry_index(const json::value& entry, std::size_t entries)
{
    const std::string id = entry.is_object() ? text_of(entry.as_object(), "Id") : std::string();
    const auto index = static_cast<std::size_t>(id.size() == 1 ? id[0] - '0' : -1);
    if (index >= entries)
        throw malformed_reply("a batch answer of SQS names an entry that was not in the call");
    return index;
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

} // namespace

batch_reply read_batch_reply(std::string_view text, std::size_t entries)
{
    const document answer(text);
    batch_reply reply;
    reply.results.assign(entries, entry_result::retry);
    if (const json::array* const successful = find_array(answer.root(), "Successful"))
        for (const json::value& entry : *successful)
            reply.results[entry_index(entry, entries)] = entry_result::done;
    if (const json::array* const failed = find_array(answer.root(), "Failed"))
        for (const json::value& entry : *failed) {
            failed_entry out;
            out.index = entry_index(entry, entries);
            const json::value* const fault = entry.as_object().if_contains("SenderFault");
            out.sender_fault = fault != nullptr && fault->is_bool() && fault->as_bool();
            out.code = text_of(entry.as_object(), "Code");
            out.text = text_of(entry.as_object(), "Message");
            // Our fault: sending the same handle again cannot help.
            reply.results[out.index] = out.sender_fault ? entry_result::dead : entry_result::retry;
            reply.failed.push_back(std::move(out));
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
