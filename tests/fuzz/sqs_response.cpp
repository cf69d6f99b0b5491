// The answers of SQS. The first byte chooses what the rest answers: 'm' ReceiveMessage, 'b' a batch
// (the next byte tells of how many entries), 'a' GetQueueAttributes, 'u' GetQueueUrl, 'e' an error.
#include "aws/error.hpp"
#include "fuzz/target.hpp"
#include "source/sqs/envelope.hpp"
#include "source/sqs/replies.hpp"
#include "transform/ledger_key.hpp"
#include "transform/message_body.hpp"

#include <array>
#include <functional>
#include <string>

namespace {

using namespace sluice;
using sluice::fuzz::require;

bool within(std::string_view part, std::string_view whole)
{
    const std::less_equal<> before;
    return part.data() == nullptr ||
           (before(whole.data(), part.data()) &&
            before(part.data() + part.size(), whole.data() + whole.size()));
}

void check_messages(std::string_view json)
{
    static transform::body_opener opener;
    delivery into;
    into.buffer.append(json);
    // What lies behind the body is of any content: here it would go on.
    into.buffer.append(std::string(sqs::envelope_padding, '"'));
    into.buffer.truncate(json.size());
    const std::string_view whole(into.buffer.data(), json.size());
    if (!sqs::index_messages(into, json.size()).empty()) {
        require(into.count == 0, "a bad response has no messages");
        return;
    }
    require(into.count <= messages_per_call, "no more messages than were asked for");
    for (std::uint8_t i = 0; i < into.count; ++i) {
        const message& each = into.messages[i];
        require(!each.id.empty() && !each.receipt_handle.empty(), "a message can be deleted");
        for (const std::string_view part : {each.id, each.receipt_handle, each.body_token,
                                            each.body_md5, each.group_id, each.attributes})
            require(within(part, whole), "a view stays inside of the response");
        static_cast<void>(transform::key_of(each));
        if (opener.open({&into, i}))
            require(within(each.body, whole), "a body is opened in its place");
    }
}

void check_batch(std::string_view json)
{
    const auto entries = static_cast<unsigned char>(fuzz::take_choice(json)) % 10 + std::size_t{1};
    const auto reply = sqs::read_batch_reply(json, entries);
    require(reply.results.size() == entries, "every entry has a result");
    for (const auto& failed : reply.failed)
        require(failed.index < entries, "only entries of the call fail");
}

void check_error(std::string_view json)
{
    const std::array fields{net::http_field{"x-amzn-requestid", "r-1"}};
    const auto error = aws::parse_error(400, fields, json);
    require(!error.type.empty(), "an error has a type");
    require(error.message.find('\n') == std::string::npos, "its message is one line");
}

void check(char choice, std::string_view json)
{
    switch (choice) {
    case 'm':
        return check_messages(json);
    case 'b':
        return check_batch(json);
    case 'a':
        static_cast<void>(sqs::read_attributes(json));
        return;
    case 'u':
        require(!sqs::read_queue_url(json).empty(), "a URL is not empty");
        return;
    default:
        return check_error(json);
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input = fuzz::as_text(data, size);
    const char choice = fuzz::take_choice(input);
    try {
        check(choice, input);
    } catch (const sqs::malformed_reply&) { // what a bad answer is told as
    }
    return 0;
}
