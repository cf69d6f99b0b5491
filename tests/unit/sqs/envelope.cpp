#include "source/sqs/envelope.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <random>

using namespace sluice;
using sqs::index_messages;

namespace {

std::string message_json(std::string_view id, std::string_view body)
{
    return fmt::format(
        R"({{"MessageId":"{}","ReceiptHandle":"rh-{}\/+=","MD5OfBody":"abc","Body":"{}",)"
        R"("Attributes":{{"ApproximateReceiveCount":"2","SentTimestamp":"1768469400123",)"
        R"("MessageGroupId":"g1"}},"MessageAttributes":{{"kind":{{"DataType":"String",)"
        R"("StringValue":"x"}}}},"MD5OfMessageAttributes":"def","New":[1,{{}}]}})",
        id, id, body);
}

std::string index(delivery& into, std::string_view json)
{
    into.buffer.clear();
    into.buffer.append(json);
    into.buffer.reserve(json.size() + sqs::envelope_padding);
    return index_messages(into, json.size());
}

} // namespace

TEST_CASE("envelope: every part of a message is found where it stands")
{
    delivery into;
    REQUIRE(index(into, R"({"Messages":[)" + message_json("m1", R"({\"a\":\"b\"})") + "," +
                            message_json("m2", "") + "]}") == "");
    REQUIRE(into.count == 2);
    const message& first = into.messages[0];
    CHECK(first.id == "m1");
    CHECK(first.receipt_handle == R"(rh-m1\/+=)");
    CHECK(first.body_token == R"({\"a\":\"b\"})");
    CHECK(first.body_md5 == "abc");
    CHECK(first.group_id == "g1");
    CHECK(first.attributes == R"({"kind":{"DataType":"String","StringValue":"x"}})");
    CHECK(first.attributes_md5 == "def");
    CHECK(first.receive_count == 2);
    CHECK(first.sent_at == wall_time(std::chrono::milliseconds(1768469400123)));
    CHECK(into.messages[1].body_token.empty());
}

TEST_CASE("envelope: every form of an empty answer is empty")
{
    const char* const json = GENERATE("{}", R"({"Messages":[]})", R"({"Messages":null})", " { } ");
    CAPTURE(json);
    delivery into;
    CHECK(index(into, json) == "");
    CHECK(into.count == 0);
}

TEST_CASE("envelope: what is no receive result is an error, never an empty answer")
{
    const std::string json = GENERATE(
        std::string(), std::string("<html>busy</html>"), std::string("[]"), std::string("{"),
        std::string(R"({"Messages":{}})"), std::string(R"({"Messages":[1]})"),
        std::string(R"({"Messages":["x"]})"), std::string(R"({"Messages":[{"MessageId":7}]})"),
        std::string(R"({"Messages":[]} trailing)"), std::string(R"({"Messages":[)"),
        R"({"Messages":[)" + message_json("m1", "x"), std::string("null"));
    CAPTURE(json);
    delivery into;
    CHECK(index(into, json) != "");
    CHECK(into.count == 0);
}

TEST_CASE("envelope: a message without identity is an error that says so")
{
    delivery into;
    CHECK_THAT(index(into, R"({"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":"x"}]})"),
               Catch::Contains("SentTimestamp"));
    CHECK_THAT(
        index(
            into,
            R"({"Messages":[{"ReceiptHandle":"r","Body":"x","Attributes":{"SentTimestamp":"1"}}]})"),
        Catch::Contains("MessageId"));
    CHECK_THAT(
        index(into, R"({"Messages":[{"MessageId":"m","Attributes":{"SentTimestamp":"1"}}]})"),
        Catch::Contains("ReceiptHandle"));
}

TEST_CASE("envelope: eleven messages are an error: SQS hands out ten")
{
    std::string json = R"({"Messages":[)";
    for (int i = 0; i < 11; ++i)
        json += (i == 0 ? "" : ",") + message_json("m" + std::to_string(i), "x");
    delivery into;
    CHECK(index(into, json + "]}") != "");
    CHECK(into.count == 0);
}

TEST_CASE("envelope: a body that is no UTF-8 does not hide the others")
{
    delivery into;
    REQUIRE(index(into, R"({"Messages":[)" + message_json("m1", "\xff\xfe bad") + "," +
                            message_json("m2", "gr\xc3\xbc\xc3\x9f") + "]}") == "");
    REQUIRE(into.count == 2);
    CHECK(into.messages[0].body_token == "\xff\xfe bad");
    CHECK(into.messages[1].body_token == "gr\xc3\xbc\xc3\x9f");
    CHECK(into.messages[1].body_token.data() > into.buffer.data());
}

TEST_CASE("envelope: no damage to a response makes it crash or invent messages")
{
    std::mt19937 random(11);
    const std::string good =
        R"({"Messages":[)" + message_json("m1", R"(x\ny)") + "," + message_json("m2", "z") + "]}";
    for (int round = 0; round < 20000; ++round) {
        std::string bad = good;
        for (auto changes = 1 + random() % 3; changes > 0; --changes) {
            const std::size_t at = random() % bad.size();
            switch (random() % 3) {
            case 0:
                bad[at] = static_cast<char>(random());
                break;
            case 1:
                bad.erase(at, 1 + random() % 9);
                break;
            default:
                bad.insert(at, 1, R"("{}[],:\ 0)"[random() % 10]);
                break;
            }
            if (bad.empty())
                bad = " ";
        }
        delivery into;
        if (index(into, bad).empty())
            CHECK(into.count <= 2);
        else
            CHECK(into.count == 0);
        for (std::size_t i = 0; i < into.count; ++i) {
            const message& each = into.messages[i];
            CHECK(!each.id.empty());
            CHECK(each.body_token.size() <= bad.size());
        }
    }
}
