#include "source/sqs/requests.hpp"

#include "unit/sqs/deliveries.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using sqs::receive_options;
using sqs::request_renderer;

TEST_CASE("requests: a receive asks for ten, with what identity needs")
{
    const request_renderer render("https://sqs.eu-west-1.amazonaws.com/1/q");
    CHECK(render.receive({.wait = 20s, .visibility = {}, .message_attributes = false}) ==
          R"({"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/1/q","MaxNumberOfMessages":10,)"
          R"("WaitTimeSeconds":20,"MessageSystemAttributeNames":["ApproximateReceiveCount",)"
          R"("SentTimestamp","MessageGroupId"]})");
    CHECK_THAT(render.receive({.wait = 1s, .visibility = 60s, .message_attributes = true}),
               Catch::Contains(R"("VisibilityTimeout":60)") &&
                   Catch::Contains(R"("MessageAttributeNames":["All"])"));
}

TEST_CASE("requests: only a receive that has a name tells it")
{
    const request_renderer render("https://sqs.eu-west-1.amazonaws.com/111122223333/q.fifo");
    receive_options how;
    CHECK(render.receive(how).find("ReceiveRequestAttemptId") == std::string::npos);
    how.attempt = "0123456789abcdef0123456789abcdef";
    CHECK(render.receive(how).ends_with(
        R"("ReceiveRequestAttemptId":"0123456789abcdef0123456789abcdef"})"));
}

TEST_CASE("requests: handles go back as they came, entries are named by their index")
{
    test::deliveries all;
    delivery& one = all.make(2);
    one.messages[0].receipt_handle = R"(AQ\/b+)";
    one.messages[1].receipt_handle = "second";
    const receipt receipts[] = {{&one, 0}, {&one, 1}};
    const request_renderer render("http://q");
    std::string body = "old";
    render.remove(receipts, body);
    CHECK(body == R"({"QueueUrl":"http://q","Entries":[{"Id":"0","ReceiptHandle":"AQ\/b+"},)"
                  R"({"Id":"1","ReceiptHandle":"second"}]})");
    render.change_visibility(receipts, 30s, body);
    CHECK(body == R"({"QueueUrl":"http://q","Entries":[{"Id":"0","ReceiptHandle":"AQ\/b+",)"
                  R"("VisibilityTimeout":30},{"Id":"1","ReceiptHandle":"second",)"
                  R"("VisibilityTimeout":30}]})");
}

TEST_CASE("requests: a queue URL is escaped as JSON")
{
    const request_renderer render("http://q/\"\\\n");
    CHECK(render.attributes() == R"({"QueueUrl":"http://q/\"\\\u000a","AttributeNames":["All"]})");
}

TEST_CASE("requests: messages are sent with the ids they have, and with no others")
{
    const request_renderer render("http://q");
    std::string body = "old";
    render.send(std::vector<sqs::outgoing>{{"{}"}, {"b", "g\"1"}, {"c", "g2", "d-1"}}, body);
    CHECK(body == R"({"QueueUrl":"http://q","Entries":[{"Id":"0","MessageBody":"{}"},)"
                  R"({"Id":"1","MessageBody":"b","MessageGroupId":"g\"1"},)"
                  R"({"Id":"2","MessageBody":"c","MessageGroupId":"g2",)"
                  R"("MessageDeduplicationId":"d-1"}]})");
}
