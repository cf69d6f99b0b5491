#include "source/sqs/replies.hpp"

#include <catch2/catch.hpp>

using namespace sluice::sqs;
using namespace std::chrono_literals;

TEST_CASE("replies: a batch answer is read entry by entry")
{
    const batch_reply reply = read_batch_reply(
        R"({"Failed":[{"Id":"2","SenderFault":true,"Code":"ReceiptHandleIsInvalid","Message":"no"},)"
        R"({"Id":"1","SenderFault":false,"Code":"InternalError"}],"Successful":[{"Id":"0"}]})",
        3);
    CHECK(reply.results ==
          batch_result{entry_result::done, entry_result::retry, entry_result::dead});
    REQUIRE(reply.failed.size() == 2);
    CHECK(reply.failed[0].code == "ReceiptHandleIsInvalid");
    CHECK(reply.failed[0].sender_fault);
}

TEST_CASE("replies: an entry that the answer does not name was not done")
{
    const char* const json =
        GENERATE("{}", "", R"({"Successful":[]})", R"({"Successful":null,"Failed":null})");
    CAPTURE(json);
    CHECK(read_batch_reply(json, 2).results ==
          batch_result{entry_result::retry, entry_result::retry});
}

TEST_CASE("replies: what is no batch answer is refused")
{
    const char* const json = GENERATE(
        "<html>", "[]", "{", R"({"Successful":{}})", R"({"Successful":[{"Id":"9"}]})",
        R"({"Successful":[{"Id":"m1"}]})", R"({"Failed":[1]})", R"({"Failed":[{"Id":""}]})");
    CAPTURE(json);
    CHECK_THROWS_AS(read_batch_reply(json, 3), malformed_reply);
}

TEST_CASE("replies: how a queue encrypts is told by two attributes, or by none")
{
    const auto at_rest = [](const std::string& attributes) {
        return read_attributes(R"({"Attributes":{)" + attributes + "}}").at_rest;
    };
    CHECK(at_rest("") == encryption::unknown);
    CHECK(at_rest(R"("SqsManagedSseEnabled":"true")") == encryption::managed);
    CHECK(at_rest(R"("SqsManagedSseEnabled":"false")") == encryption::none);
    CHECK(at_rest(R"("SqsManagedSseEnabled":"false","KmsMasterKeyId":"alias/a")") ==
          encryption::by_key);
}

TEST_CASE("replies: attributes are numbers in strings")
{
    const queue_attributes read = read_attributes(
        R"({"Attributes":{"VisibilityTimeout":"45","MessageRetentionPeriod":"86400","FifoQueue":"true",)"
        R"("ApproximateNumberOfMessages":"7","ApproximateNumberOfMessagesNotVisible":"8",)"
        R"("ApproximateNumberOfMessagesDelayed":"9","RedrivePolicy":)"
        R"("{\"deadLetterTargetArn\":\"arn\",\"maxReceiveCount\":5}","Unknown":"x"}})");
    CHECK(read.visibility_timeout == 45s);
    CHECK(read.retention == 86400s);
    CHECK(read.fifo);
    CHECK(read.visible == 7);
    CHECK(read.not_visible == 8);
    CHECK(read.delayed == 9);
    CHECK(read.max_receive_count == 5U);
    CHECK_FALSE(read_attributes(R"({"Attributes":{}})").max_receive_count);
    CHECK_THROWS_AS(read_attributes("{}"), malformed_reply); // says nothing: not the defaults
}

TEST_CASE("replies: maxReceiveCount may be a string, and a broken policy is none")
{
    CHECK(read_attributes(R"({"Attributes":{"RedrivePolicy":"{\"maxReceiveCount\":\"3\"}"}})")
              .max_receive_count == 3U);
    CHECK_FALSE(read_attributes(R"({"Attributes":{"RedrivePolicy":"oops"}})").max_receive_count);
}

TEST_CASE("replies: GetQueueUrl without a URL is an error")
{
    CHECK(read_queue_url(R"({"QueueUrl":"http://h/1/q"})") == "http://h/1/q");
    CHECK_THROWS_AS(read_queue_url("{}"), malformed_reply);
}
