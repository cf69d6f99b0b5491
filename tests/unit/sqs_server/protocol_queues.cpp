// The JSON protocol of queues and move tasks, and the shape of errors.
#include "speaker.hpp"

#include <array>

namespace sluice::sqs_server {

TEST_CASE("protocol: operations are known by their names, in their case")
{
    CHECK(operation_named("ReceiveMessage") == operation::receive_message);
    CHECK(to_string(operation::change_message_visibility_batch) == "ChangeMessageVisibilityBatch");
    CHECK_FALSE(operation_named("receiveMessage"));
    CHECK_FALSE(operation_named(""));
    CHECK_FALSE(operation_named("ZZZ"));
    for (std::size_t i = 0; i < operation_count; ++i) {
        const auto each = static_cast<operation>(i);
        CHECK(operation_named(to_string(each)) == each);
    }
}

TEST_CASE("protocol: an error has the type, the legacy code and the status of SQS")
{
    speaker s;
    const answer got = s.ask("SendMessage", R"({"QueueUrl":"http://h/000000000000/no",
                                                "MessageBody":"m"})");
    CHECK(got.status == 400);
    CHECK(got.query_error == "AWS.SimpleQueueService.NonExistentQueue;Sender");
    CHECK(got.text == R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist",)"
                      R"("message":"The specified queue does not exist."})");
}

TEST_CASE("protocol: no operation takes what is not one JSON object of the right types")
{
    speaker s;
    s.make("q");
    for (std::size_t i = 0; i < operation_count; ++i) {
        const std::string_view name = to_string(static_cast<operation>(i));
        INFO(name);
        for (const char* bad :
             {"", "[]", "nonsense", "{", R"({"QueueUrl":"QUEUE")", R"({"QueueUrl":"QUEUE"} more)",
              "\"text\"", "null", "{\"QueueUrl\":\"\xff\"}"}) {
            INFO(bad);
            CHECK(s.ask(name, bad).type() == "com.amazon.coral.service#SerializationException");
        }
    }
    for (const auto& [name, bad] : {
             std::pair("ReceiveMessage", R"({"QueueUrl":"QUEUE","MaxNumberOfMessages":"10"})"),
             std::pair("ReceiveMessage", R"({"QueueUrl":7})"),
             std::pair("ReceiveMessage", R"({"QueueUrl":"QUEUE","MessageAttributeNames":"All"})"),
             std::pair("SendMessage", R"({"QueueUrl":"QUEUE","MessageBody":{}})"),
             std::pair("SendMessage", R"({"QueueUrl":"QUEUE","MessageBody":"\ud800"})"),
             std::pair("SendMessageBatch", R"({"QueueUrl":"QUEUE","Entries":{}})"),
             std::pair("SendMessageBatch", R"({"QueueUrl":"QUEUE","Entries":[1]})"),
             std::pair("DeleteMessageBatch", R"({"QueueUrl":"QUEUE","Entries":[{"Id":1}]})"),
             std::pair("CreateQueue", R"({"QueueName":1})"),
             std::pair("CreateQueue", R"({"QueueName":"x","Attributes":{"DelaySeconds":5}})"),
             std::pair("GetQueueAttributes", R"({"QueueUrl":"QUEUE","AttributeNames":"All"})"),
             std::pair("ListQueues", R"({"MaxResults":"3"})"),
         }) {
        INFO(name << " " << bad);
        CHECK(s.ask(name, bad).type() == "com.amazon.coral.service#SerializationException");
    }
    CHECK(s.box.at("q").counts().visible == 0);
}

TEST_CASE("protocol: every operation on a queue demands its URL")
{
    speaker s;
    for (const char* name :
         {"ReceiveMessage", "SendMessage", "SendMessageBatch", "DeleteMessage",
          "DeleteMessageBatch", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch",
          "GetQueueAttributes", "SetQueueAttributes", "PurgeQueue", "DeleteQueue", "TagQueue",
          "UntagQueue", "ListQueueTags", "ListDeadLetterSourceQueues"}) {
        INFO(name);
        const answer got = s.ask(name, R"({"QueueUrl":null})");
        CHECK(got.query_error == "MissingParameter;Sender");
        CHECK(got.message() == "The request must contain the parameter QueueUrl.");
    }
}

TEST_CASE("protocol: of a queue URL only the path is read")
{
    speaker s;
    s.make("q");
    for (const char* url : {"https://sqs.eu-west-1.amazonaws.com/000000000000/q",
                            "http://elsewhere:1/000000000000/q", "/000000000000/q"}) {
        s.url = url;
        CHECK_NOTHROW(s.get("PurgeQueue", R"({"QueueUrl":"QUEUE"})"));
        s.now += std::chrono::minutes(2);
    }
    for (const char* url : {"q", "http://h/q", "http://h/111122223333/q", "http://h/000000000000/",
                            "http://h/000000000000/Q"}) {
        INFO(url);
        s.url = url;
        CHECK(s.ask("PurgeQueue", R"({"QueueUrl":"QUEUE"})").type() ==
              "com.amazonaws.sqs#QueueDoesNotExist");
    }
}

TEST_CASE("protocol: queue URLs begin as the caller reached the server")
{
    speaker s;
    s.make("q");
    CHECK(text(s.get("GetQueueUrl", R"({"QueueName":"q"})").at("QueueUrl")) ==
          "http://127.0.0.1:9324/000000000000/q");
    CHECK(queue_url(true, "sqs.example:443", "111122223333", "q") ==
          "https://sqs.example:443/111122223333/q");
    CHECK(s.ask("GetQueueUrl", R"({"QueueName":"none"})").type() ==
          "com.amazonaws.sqs#QueueDoesNotExist");
    CHECK(s.ask("GetQueueUrl", R"({"QueueName":"q","QueueOwnerAWSAccountId":"111122223333"})")
              .type() == "com.amazonaws.sqs#QueueDoesNotExist");
    CHECK(s.ask("GetQueueUrl", "{}").message() ==
          "The request must contain the parameter QueueName.");
}

TEST_CASE("protocol: attributes are told by name, all at once, or not at all")
{
    speaker s;
    s.make("q");
    CHECK(s.ask("GetQueueAttributes", R"({"QueueUrl":"QUEUE"})").text == "{}");
    CHECK(s.ask("GetQueueAttributes", R"({"QueueUrl":"QUEUE","AttributeNames":["DelaySeconds"]})")
              .text == R"({"Attributes":{"DelaySeconds":"0"}})");
    CHECK(s.ask("GetQueueAttributes", R"({"QueueUrl":"QUEUE","AttributeNames":["Policy"]})").text ==
          "{}");
    CHECK(s.get("GetQueueAttributes", R"({"QueueUrl":"QUEUE","AttributeNames":["All"]})")
              .at("Attributes")
              .as_object()
              .size() == 12);
    CHECK(
        s.ask("GetQueueAttributes", R"({"QueueUrl":"QUEUE","AttributeNames":["Wrong"]})").type() ==
        "com.amazonaws.sqs#InvalidAttributeName");
}

TEST_CASE("protocol: attributes are set and read back")
{
    speaker s;
    s.make("q");
    CHECK(s.ask("SetQueueAttributes",
                R"({"QueueUrl":"QUEUE","Attributes":{"VisibilityTimeout":"69"}})")
              .text.empty());
    CHECK(s.ask("GetQueueAttributes",
                R"({"QueueUrl":"QUEUE","AttributeNames":["VisibilityTimeout"]})")
              .text == R"({"Attributes":{"VisibilityTimeout":"69"}})");
    CHECK(s.ask("SetQueueAttributes", R"({"QueueUrl":"QUEUE"})").query_error ==
          "MissingParameter;Sender");
    CHECK(s.ask("SetQueueAttributes",
                R"({"QueueUrl":"QUEUE","Attributes":{"VisibilityTimeout":"x"}})")
              .query_error == "InvalidAttributeValue;Sender");
}

TEST_CASE("protocol: queues are listed by prefix, in pages when asked for")
{
    speaker s;
    for (const char* name : {"a1", "a2", "a3", "b1"})
        s.make(name);
    const auto list = [&](std::string_view members) {
        return s.ask("ListQueues", fmt::format("{{{}}}", members)).text;
    };
    CHECK(list(R"("QueueNamePrefix":"b")") ==
          R"({"QueueUrls":["http://127.0.0.1:9324/000000000000/b1"]})");
    CHECK(list(R"("QueueNamePrefix":"c")") == "{}");
    const json::value first = s.get("ListQueues", R"({"MaxResults":3})");
    CHECK(first.at("QueueUrls").as_array().size() == 3);
    const json::value rest =
        s.get("ListQueues",
              fmt::format(R"({{"MaxResults":3,"NextToken":"{}"}})", text(first.at("NextToken"))));
    CHECK(rest.at("QueueUrls").as_array().size() == 1);
    CHECK_FALSE(rest.as_object().contains("NextToken"));
    CHECK(s.ask("ListQueues", R"({"MaxResults":0})").status == 400);
    CHECK(s.ask("ListQueues", R"({"NextToken":"a1"})").status == 400);
}

TEST_CASE("protocol: tags are set at birth and later, listed and removed")
{
    speaker s;
    s.get("CreateQueue", R"({"QueueName":"q","tags":{"a":"1"}})");
    s.url = "http://127.0.0.1:9324/000000000000/q";
    s.get("TagQueue", R"({"QueueUrl":"QUEUE","Tags":{"a":"2","b":"3"}})");
    CHECK(s.ask("ListQueueTags", R"({"QueueUrl":"QUEUE"})").text ==
          R"({"Tags":{"a":"2","b":"3"}})");
    s.get("UntagQueue", R"({"QueueUrl":"QUEUE","TagKeys":["a","b","c"]})");
    CHECK(s.ask("ListQueueTags", R"({"QueueUrl":"QUEUE"})").text == "{}");
    CHECK(s.ask("TagQueue", R"({"QueueUrl":"QUEUE"})").status == 400);
    std::string many;
    for (int i = 0; i < 51; ++i)
        many += fmt::format(R"({}"t{}":"v")", i == 0 ? "" : ",", i);
    CHECK(s.ask("TagQueue", fmt::format(R"({{"QueueUrl":"QUEUE","Tags":{{{}}}}})", many)).status ==
          400);
}

TEST_CASE("protocol: a purge is refused within a minute of the last, with its status")
{
    speaker s;
    s.make("q");
    s.get("PurgeQueue", R"({"QueueUrl":"QUEUE"})");
    const answer got = s.ask("PurgeQueue", R"({"QueueUrl":"QUEUE"})");
    CHECK(got.status == 403);
    CHECK(got.message() == "Only one PurgeQueue operation on q is allowed every 60 seconds.");
}

TEST_CASE("protocol: dead letters are moved back by a task")
{
    speaker s;
    s.make("dead");
    s.make("q", R"({"VisibilityTimeout":"0","RedrivePolicy":"{\"deadLetterTargetArn\":)"
                R"(\"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":1}"})");
    s.send("bad");
    s.take();
    CHECK(s.ask("ReceiveMessage", R"({"QueueUrl":"QUEUE"})").text == "{}");
    CHECK(
        s.ask("ListDeadLetterSourceQueues", R"({"QueueUrl":"http://h/000000000000/dead"})").text ==
        R"({"queueUrls":["http://127.0.0.1:9324/000000000000/q"]})");

    constexpr std::string_view source = R"("SourceArn":"arn:aws:sqs:us-east-1:000000000000:dead")";
    const json::value started = s.get(
        "StartMessageMoveTask", fmt::format(R"({{{},"MaxNumberOfMessagesPerSecond":1}})", source));
    const json::value running =
        s.get("ListMessageMoveTasks", fmt::format("{{{}}}", source)).at("Results").at(0);
    CHECK(text(running.at("Status")) == "RUNNING");
    CHECK(running.at("TaskHandle") == started.at("TaskHandle"));
    CHECK(running.at("ApproximateNumberOfMessagesMoved") == 1);
    CHECK(s.box.at("q").counts().visible == 1);
    const json::value cancelled = s.get("CancelMessageMoveTask", json::serialize(started));
    CHECK(cancelled.at("ApproximateNumberOfMessagesMoved") == 1);
    CHECK(text(s.get("ListMessageMoveTasks", fmt::format(R"({{{},"MaxResults":10}})", source))
                   .at("Results")
                   .at(0)
                   .at("Status")) == "CANCELLED");
}

TEST_CASE("protocol: move tasks refuse what cannot be")
{
    speaker s;
    s.make("q");
    const auto start = [&](std::string_view members) {
        return s.ask("StartMessageMoveTask", fmt::format("{{{}}}", members));
    };
    CHECK(start("").query_error == "MissingParameter;Sender");
    CHECK(start(R"("SourceArn":"arn:aws:sqs:us-east-1:000000000000:none")").status == 404);
    CHECK(start(R"("SourceArn":"arn:aws:sqs:us-east-1:000000000000:q")").message() ==
          "Source queue must be configured as a Dead Letter Queue.");
    CHECK(start(R"("SourceArn":"x","MaxNumberOfMessagesPerSecond":501)").status == 400);
    CHECK(s.ask("CancelMessageMoveTask", R"({"TaskHandle":"x"})").type() ==
          "com.amazonaws.sqs#ResourceNotFoundException");
    CHECK(s.ask("ListMessageMoveTasks", R"({"SourceArn":"x","MaxResults":11})").status == 400);
}

TEST_CASE("protocol: a receive that may wait begins, waits and ends")
{
    speaker s;
    s.make("q", R"({"ReceiveMessageWaitTimeSeconds":"7"})");
    byte_buffer body;
    reply out{.status = 200, .query_error = {}, .body = body};
    const std::string request = R"({"QueueUrl":")" + s.url + R"("})";
    call in{.what = operation::receive_message, .body = request, .host = {}, .now = s.now};
    const auto what = s.box_api.begin_receive(in, out);
    REQUIRE(what);
    CHECK(what->wait == seconds(7));
    CHECK(what->options.long_poll);
    CHECK(s.box_api.must_wait(*what, in, out));
    CHECK(body.empty());
    s.send("late");
    CHECK_FALSE(s.box_api.must_wait(*what, in, out));
    CHECK_THAT(std::string(body.view()), Catch::Contains("late"));

    body.clear();
    s.get("DeleteQueue", R"({"QueueUrl":"QUEUE"})");
    CHECK_FALSE(s.box_api.must_wait(*what, in, out));
    CHECK(out.query_error == "AWS.SimpleQueueService.NonExistentQueue;Sender");

    body.clear();
    api::end_empty(out);
    CHECK(body.view() == "{}");
}

} // namespace sluice::sqs_server
