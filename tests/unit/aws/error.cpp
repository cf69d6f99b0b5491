#include "aws/error.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;

namespace {

using fields = std::vector<net::http_field>;

} // namespace

TEST_CASE("error: an error of SQS is taken apart, both codes are kept")
{
    const fields head{{"x-amzn-RequestId", "r-1"},
                      {"X-Amzn-Query-Error", "AWS.SimpleQueueService.NonExistentQueue;Sender"},
                      {"Content-Type", "application/x-amz-json-1.0"}};
    const auto error = aws::parse_error(
        400, head, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"})");
    CHECK(error.status == 400);
    CHECK(error.type == "QueueDoesNotExist");
    CHECK(error.legacy_code == "AWS.SimpleQueueService.NonExistentQueue");
    CHECK(error.message == "no such queue");
    CHECK(error.request_id == "r-1");
}

TEST_CASE("error: the type is found wherever it stands and freed of what is around it")
{
    struct type_case
    {
        const char* body;
        fields head;
        const char* type;
    };
    const fields header{{"X-Amzn-ErrorType", "ns#FromHeader:http://internal/"}};
    for (const type_case& each : {
             type_case{R"({"__type":"a.b#Foo:http://x"})", {}, "Foo"},
             type_case{R"({"__type":"Foo"})", {}, "Foo"},
             type_case{R"({"__type":"Foo:Bar#Baz"})", {}, "Foo"},
             type_case{R"({"code":"Foo"})", {}, "Foo"},
             type_case{R"({"__type":"Foo","code":"Bar"})", header, "Foo"},
             type_case{R"({"message":"m"})", header, "FromHeader"},
             type_case{R"({"__type":17})", header, "FromHeader"},
             type_case{R"(["__type"])", {}, "503"},
             type_case{"", {}, "503"},
             type_case{"", header, "FromHeader"},
             type_case{R"({"__type":"#"})", {}, "503"},
         }) {
        CAPTURE(each.body);
        CHECK(aws::parse_error(503, each.head, each.body).type == each.type);
    }
}

TEST_CASE("error: the message is found in either spelling; a body that is no JSON is the message")
{
    CHECK(aws::parse_error(400, {}, R"({"message":"a","Message":"b"})").message == "a");
    CHECK(aws::parse_error(400, {}, R"({"Message":"b"})").message == "b");
    CHECK(aws::parse_error(400, {}, R"({})").message.empty());
    CHECK(aws::parse_error(502, {}, "<html>\r\n<h1>Bad\tgateway</h1>").message ==
          "<html>  <h1>Bad gateway</h1>");
    CHECK(aws::parse_error(400, {}, R"({"message":"truncat)").message == R"({"message":"truncat)");
}

TEST_CASE("error: a message is one line of bounded length, whatever was sent")
{
    const std::string forged = R"({"message":"a\nERROR forged \u007f\u0000"})";
    CHECK(aws::parse_error(400, {}, forged).message == "a ERROR forged   ");
    CHECK(aws::parse_error(400, {}, std::string(1'000'000, 'x')).message.size() == 300);
    CHECK(aws::parse_error(400, {}, R"({"message":")" + std::string(5'000, 'x') + "\"}")
              .message.size() == 300);
    // Nesting that would exhaust the stack of a recursive parser.
    CHECK(aws::parse_error(400, {}, std::string(100'000, '[')).message.size() == 300);
}

TEST_CASE("error: a legacy code needs both of its halves")
{
    const auto code_of = [](const char* value) {
        return aws::parse_error(400, fields{{"x-amzn-query-error", value}}, "{}").legacy_code;
    };
    CHECK(code_of("Throttling;Sender") == "Throttling");
    CHECK(code_of("Throttling;").empty());
    CHECK(code_of(";Sender").empty());
    CHECK(code_of("Throttling").empty());
    CHECK(code_of("").empty());
}
