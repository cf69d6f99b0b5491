// The JSON protocol of messages: send, receive, delete, change.
#include "speaker.hpp"
#include "sqs_server/model/identifiers.hpp"

#include <set>

namespace sluice::sqs_server {
namespace {

std::string entries(int count, std::string_view members)
{
    std::string out;
    for (int i = 0; i < count; ++i)
        out += fmt::format(R"({}{{"Id":"e{}",{}}})", i == 0 ? "" : ",", i, members);
    return "[" + out + "]";
}

std::string json_string(std::string_view value)
{
    return json::serialize(json::string(value));
}

} // namespace

TEST_CASE("protocol: what is sent is received, with its digest")
{
    speaker s;
    s.make("q");
    const json::value sent = s.get("SendMessage", R"({"QueueUrl":"QUEUE","MessageBody":"hello"})");
    CHECK(text(sent.at("MD5OfMessageBody")) == "5d41402abc4b2a76b9719d911017c592");
    CHECK_FALSE(sent.as_object().contains("SequenceNumber"));
    const json::object got = s.take();
    CHECK(got.at("MessageId") == sent.at("MessageId"));
    CHECK(text(got.at("MD5OfBody")) == "5d41402abc4b2a76b9719d911017c592");
    CHECK(text(got.at("Body")) == "hello");
    CHECK(text(got.at("ReceiptHandle")).size() == handle_characters);
    CHECK_FALSE(got.contains("MessageAttributes"));
}

TEST_CASE("protocol: every character that SQS allows comes back as it was sent")
{
    speaker s;
    s.make("q");
    const std::string body = "\t\n\r\"\\/ {\"a\":\"b\\u0041\"} \x7f \xc3\xa4 \xe2\x82\xac "
                             "\xf0\x9f\x98\x80 \xef\xbf\xbd";
    s.send(body);
    CHECK(text(s.take().at("Body")) == body);
}

TEST_CASE("protocol: system attributes are told only to who asks for them")
{
    speaker s;
    s.make("q");
    s.send("a");
    s.now += std::chrono::milliseconds(1250);
    const json::value bare = s.get("ReceiveMessage", R"({"QueueUrl":"QUEUE",
        "VisibilityTimeout":0})");
    CHECK_FALSE(bare.at("Messages").at(0).as_object().contains("Attributes"));
    const json::value some = s.get("ReceiveMessage", R"({"QueueUrl":"QUEUE","VisibilityTimeout":0,
        "MessageSystemAttributeNames":["SentTimestamp"],"AttributeNames":["SenderId"]})");
    CHECK(json::serialize(some.at("Messages").at(0).at("Attributes")) ==
          R"({"SenderId":"AIDASLUICELOCALSENDER","SentTimestamp":"1768469400000"})");
    const json::object all = s.take().at("Attributes").as_object();
    CHECK(text(all.at("ApproximateReceiveCount")) == "3");
    CHECK(text(all.at("ApproximateFirstReceiveTimestamp")) == "1768469401250");
    CHECK(all.size() == 4);
    CHECK(s.ask("ReceiveMessage", R"({"QueueUrl":"QUEUE","MessageSystemAttributeNames":["Wrong"]})")
              .type() == "com.amazonaws.sqs#InvalidAttributeName");
}

TEST_CASE("protocol: an empty receive has no member Messages")
{
    speaker s;
    s.make("q");
    CHECK(s.ask("ReceiveMessage", R"({"QueueUrl":"QUEUE","WaitTimeSeconds":0})").text == "{}");
}

TEST_CASE("protocol: digests of message attributes equal the recorded ones")
{
    speaker s;
    s.make("q");
    const auto md5 = [&](std::string_view attributes) {
        return text(s.get("SendMessage", fmt::format(R"({{"QueueUrl":"QUEUE","MessageBody":"m",
                                          "MessageAttributes":{}}})",
                                                     attributes))
                        .at("MD5OfMessageAttributes"));
    };
    CHECK(md5(R"({"Foo":{"DataType":"String","StringValue":"Bar"}})") ==
          "ae7155c6026991b6d54b11589678bf9c");
    CHECK(md5(R"({"Help.Me":{"DataType":"String","StringValue":"Me"},
                  "Hello":{"DataType":"String","StringValue":"There"},
                  "General":{"DataType":"String","StringValue":"Kenobi"}})") ==
          "4c360f3fdafd970e05fae2f149d997f5");
    CHECK(md5(R"({"trace":{"DataType":"String","StringValue":"abc"},
                  "Zeta":{"DataType":"Number","StringValue":"42"},
                  "raw":{"DataType":"Binary.png","BinaryValue":"AAEC/w=="}})") ==
          "81c728f5e79c7df1965442e99a42f430");
}

TEST_CASE("protocol: a receive filters message attributes, and digests what it returns")
{
    speaker s;
    s.make("q", R"({"VisibilityTimeout":"0"})");
    s.get("SendMessage", R"({"QueueUrl":"QUEUE","MessageBody":"msg","MessageAttributes":{
        "Hello":{"DataType":"String","StringValue":"There"},
        "General":{"DataType":"String","StringValue":"Kenobi"},
        "Help.Me":{"DataType":"String","StringValue":"Me"}}})");
    const auto receive = [&](std::string_view names) {
        return s
            .get("ReceiveMessage", fmt::format(R"({{"QueueUrl":"QUEUE",
                                                       "MessageAttributeNames":[{}]}})",
                                               names))
            .at("Messages")
            .at(0)
            .as_object();
    };
    const auto digest_of = [&](std::string_view names) {
        return text(receive(names).at("MD5OfMessageAttributes"));
    };
    CHECK(digest_of(R"("All")") == "4c360f3fdafd970e05fae2f149d997f5");
    CHECK(digest_of(R"(".*")") == "4c360f3fdafd970e05fae2f149d997f5");
    CHECK(digest_of(R"("Hello","General")") == "fca026605781cb4126a1e9044df24232");
    CHECK(digest_of(R"("Hello","No")") == "a311262e065454b75da111d535b8dacd");
    CHECK(digest_of(R"("Hel.*")") == "83fee93c1bcd8b9a5a923ffacdc636c7");
    CHECK(receive(R"("Hello")").at("MessageAttributes").as_object().size() == 1);
    for (const char* none : {"", R"("No")"}) {
        CHECK_FALSE(receive(none).contains("MessageAttributes"));
        CHECK_FALSE(receive(none).contains("MD5OfMessageAttributes"));
    }
}

TEST_CASE("protocol: binary attributes come back as the same base64")
{
    speaker s;
    s.make("q");
    s.get("SendMessage", R"({"QueueUrl":"QUEUE","MessageBody":"m","MessageAttributes":{
        "raw":{"DataType":"Binary.png","BinaryValue":"AAEC/w=="},
        "n":{"DataType":"Number","StringValue":"-1.5e3"}}})");
    CHECK(json::serialize(s.take().at("MessageAttributes")) ==
          R"({"n":{"DataType":"Number","StringValue":"-1.5e3"},)"
          R"("raw":{"DataType":"Binary.png","BinaryValue":"AAEC/w=="}})");
}

TEST_CASE("protocol: the trace header is a system attribute with a digest of its own")
{
    speaker s;
    s.make("q");
    const json::value sent = s.get("SendMessage", R"({"QueueUrl":"QUEUE","MessageBody":"m",
        "MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String",
                                                     "StringValue":"Root=1"}}})");
    CHECK(text(sent.at("MD5OfMessageSystemAttributes")).size() == 32);
    CHECK(text(s.take().at("Attributes").at("AWSTraceHeader")) == "Root=1");
}

TEST_CASE("protocol: a fifo send tells its sequence number, a receive the ids")
{
    speaker s;
    s.make("q.fifo", R"({"FifoQueue":"true"})");
    const json::value sent = s.get("SendMessage", R"({"QueueUrl":"QUEUE","MessageBody":"m",
        "MessageGroupId":"g","MessageDeduplicationId":"d"})");
    const json::object attributes = s.take().at("Attributes").as_object();
    CHECK(attributes.at("SequenceNumber") == sent.at("SequenceNumber"));
    CHECK(text(attributes.at("MessageGroupId")) == "g");
    CHECK(text(attributes.at("MessageDeduplicationId")) == "d");
}

TEST_CASE("protocol: a send that SQS would refuse is refused with its words")
{
    speaker s;
    s.make("q");
    const auto refusal_of = [&](std::string_view members) {
        const answer got =
            s.ask("SendMessage", fmt::format(R"({{"QueueUrl":"QUEUE",{}}})", members));
        CHECK(got.status == 400);
        return got.query_error + " " + got.message();
    };
    CHECK(refusal_of(R"("MessageBody":"")") ==
          "MissingParameter;Sender The request must contain the parameter MessageBody.");
    CHECK(refusal_of(R"("DelaySeconds":1)") ==
          "MissingParameter;Sender The request must contain the parameter MessageBody.");
    CHECK_THAT(refusal_of(R"("MessageBody":"\u0000")"),
               Catch::StartsWith("InvalidMessageContents;Sender Invalid characters found."));
    CHECK_THAT(refusal_of("\"MessageBody\":\"\xef\xbf\xbf\""),
               Catch::StartsWith("InvalidMessageContents;Sender"));
    CHECK(refusal_of(R"("MessageBody":"m","DelaySeconds":901)") ==
          "InvalidParameterValue;Sender Value 901 for parameter DelaySeconds is invalid. Reason: "
          "Must be >= 0 and <= 900, if provided.");
    CHECK(refusal_of(R"("MessageBody":"m","MessageGroupId":"a b")") ==
          "InvalidParameterValue;Sender Value a b for parameter MessageGroupId is invalid. "
          "Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to "
          "128 in length.");
    CHECK_THAT(refusal_of(R"("MessageBody":"m","MessageDeduplicationId":"d")"),
               Catch::EndsWith("not valid for this queue type."));
    CHECK_THAT(refusal_of(fmt::format(R"("MessageBody":"{}")", std::string(1'048'577, 'x'))),
               Catch::EndsWith("Message must be shorter than 1048576 bytes."));
    CHECK_THAT(
        refusal_of(R"("MessageBody":"m","MessageSystemAttributes":{"Other":{"DataType":"String",
                      "StringValue":"x"}})"),
        Catch::Contains("AWSTraceHeader"));
}

TEST_CASE("protocol: attributes that SQS would refuse are refused")
{
    speaker s;
    s.make("q");
    const auto refused = [&](std::string_view name, std::string_view value) {
        const answer got =
            s.ask("SendMessage", fmt::format(R"({{"QueueUrl":"QUEUE","MessageBody":"m",
                                                 "MessageAttributes":{{"{}":{}}}}})",
                                             name, value));
        CHECK(got.type() == "com.amazonaws.sqs#InvalidParameterValueException");
        return got.message();
    };
    constexpr std::string_view good = R"({"DataType":"String","StringValue":"x"})";
    for (const char* name : {"", "a b", "a..b", "a$"})
        CHECK_THAT(refused(name, good), Catch::Contains("attribute"));
    for (const char* name : {"AWS.x", "aws.x", "Amazon.y", ".x", "x."})
        CHECK_THAT(refused(name, good), Catch::Contains("reserved"));
    CHECK_THAT(refused("a", "{}"), Catch::Contains("DataType"));
    CHECK_THAT(refused("a", R"({"DataType":"Text","StringValue":"x"})"),
               Catch::Contains("supported type prefixes"));
    CHECK(refused("ErrorDetails", R"({"DataType":"String","StringValue":""})") ==
          "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type "
          "'String'.");
    CHECK_THAT(refused("a", R"({"DataType":"Number","StringValue":"x1"})"),
               Catch::Contains("to a number"));
    CHECK_THAT(refused("a", R"({"DataType":"String","StringValue":"\u0001"})"),
               Catch::Contains("Invalid characters"));
    CHECK_THAT(refused(std::string(257, 'n'), good), Catch::Contains("shorter than 256"));
    std::string many;
    for (int i = 0; i < 11; ++i)
        many += fmt::format(R"({}"a{}":{})", i == 0 ? "" : ",", i, good);
    CHECK(s.ask("SendMessage",
                fmt::format(
                    R"({{"QueueUrl":"QUEUE","MessageBody":"m","MessageAttributes":{{{}}}}})", many))
              .status == 400);
    CHECK(s.ask("SendMessage", R"({"QueueUrl":"QUEUE","MessageBody":"m","MessageAttributes":{
                                   "a":{"DataType":"Binary","BinaryValue":"***"}}})")
              .type() == "com.amazon.coral.service#SerializationException");
}

TEST_CASE("protocol: a fifo queue demands a group and a way to deduplicate")
{
    speaker s;
    s.make("q.fifo", R"({"FifoQueue":"true"})");
    const auto ask = [&](std::string_view members) {
        return s.ask("SendMessage",
                     fmt::format(R"({{"QueueUrl":"QUEUE","MessageBody":"m"{}}})", members));
    };
    CHECK(ask("").type() == "com.amazonaws.sqs#MissingRequiredParameterException");
    CHECK(ask(R"(,"MessageGroupId":"g")").message() ==
          "The queue should either have ContentBasedDeduplication enabled or "
          "MessageDeduplicationId provided explicitly");
    CHECK_THAT(
        ask(R"(,"MessageGroupId":"g","MessageDeduplicationId":"d","DelaySeconds":2)").message(),
        Catch::EndsWith("not valid for this queue type."));
    CHECK(ask(R"(,"MessageGroupId":"g","MessageDeduplicationId":"d","DelaySeconds":0)").status ==
          200);
    CHECK(ask(R"(,"MessageGroupId":"g","MessageDeduplicationId":"")").status == 400);
}

TEST_CASE("protocol: a batch is refused whole for its entries as such")
{
    speaker s;
    s.make("q");
    for (const char* operation :
         {"SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"}) {
        INFO(operation);
        const auto ask = [&](const std::string& list) {
            return s.ask(operation, R"({"QueueUrl":"QUEUE","Entries":)" + list + "}");
        };
        constexpr std::string_view members =
            R"("MessageBody":"m","ReceiptHandle":"r","VisibilityTimeout":1)";
        CHECK(ask("[]").type() == "com.amazonaws.sqs#EmptyBatchRequest");
        CHECK(ask(entries(20, members)).message() ==
              "Maximum number of entries per request are 10. You have sent 20.");
        CHECK(ask(entries(11, members)).query_error ==
              "AWS.SimpleQueueService.TooManyEntriesInBatchRequest;Sender");
        for (const std::string& id :
             {std::string(), std::string("invalid:id"), std::string(81, 'x')})
            CHECK(ask(fmt::format(R"([{{"Id":"{}",{}}}])", id, members)).type() ==
                  "com.amazonaws.sqs#InvalidBatchEntryId");
        CHECK(ask(fmt::format(R"([{{"Id":"a",{0}}},{{"Id":"a",{0}}}])", members)).type() ==
              "com.amazonaws.sqs#BatchEntryIdsNotDistinct");
    }
}

TEST_CASE("protocol: a send batch succeeds in part")
{
    speaker s;
    s.make("q", R"({"MaximumMessageSize":"1024"})");
    const json::value got =
        s.get("SendMessageBatch", fmt::format(R"({{"QueueUrl":"QUEUE","Entries":[
            {{"Id":"1","MessageBody":"{}"}},{{"Id":"2","MessageBody":"fine"}},
            {{"Id":"3","MessageBody":"\u0001"}}]}})",
                                              std::string(1025, 'a')));
    REQUIRE(got.at("Successful").as_array().size() == 1);
    CHECK(text(got.at("Successful").at(0).at("Id")) == "2");
    REQUIRE(got.at("Failed").as_array().size() == 2);
    CHECK(
        json::serialize(got.at("Failed").at(0)) ==
        R"({"Id":"1","SenderFault":true,"Code":"InvalidParameterValue","Message":)"
        R"("One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes."})");
    CHECK(text(got.at("Failed").at(1).at("Code")) == "InvalidMessageContents");
}

TEST_CASE("protocol: a send batch has one limit for all bodies together")
{
    speaker s;
    s.make("q");
    const std::string body(104'857, 'a');
    CHECK(s.get("SendMessageBatch", R"({"QueueUrl":"QUEUE","Entries":)" +
                                        entries(10, "\"MessageBody\":\"" + body + "\"") + "}")
              .at("Successful")
              .as_array()
              .size() == 10);
    const answer got =
        s.ask("SendMessageBatch", R"({"QueueUrl":"QUEUE","Entries":)" +
                                      entries(10, "\"MessageBody\":\"" + body + "b\"") + "}");
    CHECK(got.type() == "com.amazonaws.sqs#BatchRequestTooLong");
    CHECK(got.message() == "Batch requests cannot be longer than 1048576 bytes. You have sent "
                           "1048580 bytes.");
}

TEST_CASE("protocol: a fifo send batch is refused whole for an entry without group or id")
{
    speaker s;
    s.make("q.fifo", R"({"FifoQueue":"true"})");
    const auto ask = [&](std::string_view members) {
        return s.ask("SendMessageBatch",
                     R"({"QueueUrl":"QUEUE","Entries":)" + entries(1, members) + "}");
    };
    CHECK(ask(R"("MessageBody":"m")").message() ==
          "The request must contain the parameter MessageGroupId.");
    CHECK(ask(R"("MessageBody":"m","MessageGroupId":"g")").type() ==
          "com.amazonaws.sqs#InvalidParameterValueException");
    const json::value good =
        ask(R"("MessageBody":"m","MessageGroupId":"g","MessageDeduplicationId":"d")").body();
    CHECK(good.at("Successful").at(0).as_object().contains("SequenceNumber"));
}

TEST_CASE("protocol: limits of a receive are those of SQS")
{
    speaker s;
    s.make("q");
    const auto refused = [&](std::string_view members) {
        const answer got =
            s.ask("ReceiveMessage", fmt::format(R"({{"QueueUrl":"QUEUE",{}}})", members));
        CHECK(got.query_error == "InvalidParameterValue;Sender");
        return got.message();
    };
    CHECK(refused(R"("MaxNumberOfMessages":11)") ==
          "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and "
          "10, if provided.");
    CHECK_THAT(refused(R"("MaxNumberOfMessages":0)"), Catch::StartsWith("Value 0 "));
    CHECK(refused(R"("WaitTimeSeconds":21)") ==
          "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
          "provided.");
    CHECK_THAT(refused(R"("WaitTimeSeconds":-1)"), Catch::StartsWith("Value -1 "));
    CHECK_THAT(refused(R"("VisibilityTimeout":43201)"), Catch::StartsWith("Value 43201 "));
    CHECK_THAT(refused(R"("ReceiveRequestAttemptId":"a")"),
               Catch::EndsWith("not valid for this queue type."));
}

TEST_CASE("protocol: a delete batch succeeds in part, and again")
{
    speaker s;
    s.make("q");
    s.send("a");
    const std::string handle = json_string(text(s.take().at("ReceiptHandle")));
    const std::string request = fmt::format(R"({{"QueueUrl":"QUEUE","Entries":[
        {{"Id":"good","ReceiptHandle":{}}},{{"Id":"bad","ReceiptHandle":"garbage"}},
        {{"Id":"none"}}]}})",
                                            handle);
    for (int i = 0; i < 2; ++i) {
        const json::value got = s.get("DeleteMessageBatch", request);
        CHECK(json::serialize(got.at("Successful")) == R"([{"Id":"good"}])");
        REQUIRE(got.at("Failed").as_array().size() == 2);
        CHECK(text(got.at("Failed").at(0).at("Code")) == "ReceiptHandleIsInvalid");
        CHECK(got.at("Failed").at(0).at("SenderFault") == true);
        CHECK(text(got.at("Failed").at(1).at("Code")) == "MissingParameter");
    }
    CHECK(s.box.at("q").counts().in_flight == 0);
}

TEST_CASE("protocol: an answer without failures has no member Failed")
{
    speaker s;
    s.make("q");
    s.send("a");
    const std::string handle = json_string(text(s.take().at("ReceiptHandle")));
    CHECK(s.ask("DeleteMessageBatch", fmt::format(R"({{"QueueUrl":"QUEUE","Entries":[
        {{"Id":"0","ReceiptHandle":{}}}]}})",
                                                  handle))
              .text == R"({"Successful":[{"Id":"0"}]})");
}

TEST_CASE("protocol: a delete has an empty answer; a garbage handle is not found")
{
    speaker s;
    s.make("q");
    s.send("a");
    const std::string handle = json_string(text(s.take().at("ReceiptHandle")));
    const answer good =
        s.ask("DeleteMessage", fmt::format(R"({{"QueueUrl":"QUEUE","ReceiptHandle":{}}})", handle));
    CHECK(good.status == 200);
    CHECK(good.text.empty());
    const answer bad = s.ask("DeleteMessage", R"({"QueueUrl":"QUEUE","ReceiptHandle":"garbage"})");
    CHECK(bad.status == 404);
    CHECK(bad.query_error == "ReceiptHandleIsInvalid;Sender");
    CHECK(bad.type() == "com.amazonaws.sqs#ReceiptHandleIsInvalid");
    CHECK(s.ask("DeleteMessage", R"({"QueueUrl":"QUEUE"})").type() ==
          "com.amazonaws.sqs#MissingRequiredParameterException");
}

TEST_CASE("protocol: visibility changes, one by one and in batches")
{
    speaker s;
    s.make("q");
    s.send("a");
    const std::string handle = json_string(text(s.take().at("ReceiptHandle")));
    const auto change = [&](std::string_view timeout) {
        return s.ask(
            "ChangeMessageVisibility",
            fmt::format(R"({{"QueueUrl":"QUEUE","ReceiptHandle":{}{}}})", handle, timeout));
    };
    CHECK(change("").type() == "com.amazonaws.sqs#MissingRequiredParameterException");
    CHECK(change(R"(,"VisibilityTimeout":-1)").status == 400);
    CHECK(change(R"(,"VisibilityTimeout":43201)").status == 400);
    CHECK(change(R"(,"VisibilityTimeout":100)").text.empty());
    const json::value got =
        s.get("ChangeMessageVisibilityBatch", fmt::format(R"({{"QueueUrl":"QUEUE","Entries":[
            {{"Id":"a","ReceiptHandle":{0},"VisibilityTimeout":0}},
            {{"Id":"b","ReceiptHandle":{0},"VisibilityTimeout":50000}},
            {{"Id":"c","ReceiptHandle":{0}}}]}})",
                                                          handle));
    CHECK(json::serialize(got.at("Successful")) == R"([{"Id":"a"}])");
    CHECK(text(got.at("Failed").at(0).at("Code")) == "InvalidParameterValue");
    CHECK(text(got.at("Failed").at(1).at("Code")) == "MissingParameter");
    CHECK(s.box.at("q").counts().visible == 1);
}

TEST_CASE("protocol: an injected failure of an entry has no effect and may be tried again")
{
    speaker s;
    s.make("q");
    s.send("a");
    const std::string handle = json_string(text(s.take().at("ReceiptHandle")));
    const answer got = s.ask("DeleteMessageBatch",
                             fmt::format(R"({{"QueueUrl":"QUEUE","Entries":[
        {{"Id":"0","ReceiptHandle":{}}}]}})",
                                         handle),
                             {.failing_entries = 1});
    CHECK(got.status == 200);
    CHECK(got.body().at("Failed").at(0).at("SenderFault") == false);
    CHECK(got.body().at("Successful").as_array().empty());
    CHECK(s.box.at("q").counts().in_flight == 1);
}

TEST_CASE("protocol: an injected wrong digest differs in the first message only")
{
    speaker s;
    s.make("q");
    s.send("hello");
    s.send("hello");
    const json::value got =
        s.ask("ReceiveMessage", R"({"QueueUrl":"QUEUE","MaxNumberOfMessages":10})",
              {.wrong_md5 = true})
            .body();
    const json::array& messages = got.at("Messages").as_array();
    CHECK(text(messages.at(0).at("MD5OfBody")) != "5d41402abc4b2a76b9719d911017c592");
    CHECK(text(messages.at(1).at("MD5OfBody")) == "5d41402abc4b2a76b9719d911017c592");
    CHECK(text(messages.at(0).at("Body")) == "hello");
}

} // namespace sluice::sqs_server
