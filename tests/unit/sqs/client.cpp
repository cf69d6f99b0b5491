#include "client_rig.hpp"
#include "unit/sqs/deliveries.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace sluice;
using namespace std::chrono_literals;
using namespace sluice::sqs;
using test::client_of_test;

namespace {

const std::string one_message =
    R"({"Messages":[{"MessageId":"c80e8021-a70a-42c7-a470-796e1186f753","ReceiptHandle":"h\/1",)"
    R"("Body":"{}","MD5OfBody":"99914b932bd37a50b983c5e7c90ae93b","Attributes":)"
    R"({"SentTimestamp":"1768469400000","ApproximateReceiveCount":"2"}}]})";

std::string error_body(std::string_view type, std::string_view message = "why")
{
    return fmt::format(R"({{"__type":"com.amazonaws.sqs#{}","message":"{}"}})", type, message);
}

// Runs like another clock, and is an hour behind.
class slow_clock final : public sluice::clock
{
public:
    explicit slow_clock(const sluice::clock& right) : right_(right) {}
    [[nodiscard]] steady_time now() const noexcept override { return right_.now(); }
    [[nodiscard]] wall_time wall_now() const noexcept override { return right_.wall_now() - 1h; }

private:
    void earliest_changed() override {}

    const sluice::clock& right_;
};

std::uint64_t requests(const client_of_test& rig, operation what, request_outcome how)
{
    return rig.count.of(what, how);
}

} // namespace

TEST_CASE("client: a receive fills the delivery")
{
    client_of_test rig;
    rig.script = {{.body = one_message}};
    test::room_of_test room;
    delivery into;
    rig.http.play([&]() -> awaitable<void> {
        const receive_options options{};
        co_await rig.client.receive(options, room, into);
    });
    REQUIRE(into.count == 1);
    CHECK(into.messages[0].receipt_handle == R"(h\/1)"); // goes back as it came
    CHECK(into.messages[0].receive_count == 2);
    CHECK(room.asked == std::vector<std::size_t>{one_message.size()});
    REQUIRE(rig.seen.size() == 1);
    CHECK(rig.seen[0].target == "AmazonSQS.ReceiveMessage");
    CHECK(rig.seen[0].authorization.find("Credential=AKIDFIRST/20260115/eu-west-1/sqs/") !=
          std::string::npos);
    CHECK(requests(rig, operation::receive_message, request_outcome::ok) == 1);
}

TEST_CASE("client: a poll whose answer finds no room is given up")
{
    client_of_test rig;
    rig.script = {{.body = one_message}};
    test::room_of_test room;
    room.there_is_room = false;
    delivery into;
    const auto why = rig.failure_of([&]() -> awaitable<void> {
        const receive_options options{};
        co_await rig.client.receive(options, room, into);
    });
    CHECK(why == failure::abandoned);
    CHECK(into.count == 0);
    CHECK(rig.seen.size() == 1); // no second attempt
    CHECK(requests(rig, operation::receive_message, request_outcome::cancelled) == 1);
}

TEST_CASE("client: a message without SentTimestamp is an error that says so")
{
    client_of_test rig;
    rig.script = {{.body = R"({"Messages":[{"MessageId":"m","ReceiptHandle":"h","Body":"{}"}]})"}};
    test::room_of_test room;
    delivery into;
    const auto why = rig.failure_of([&]() -> awaitable<void> {
        const receive_options options{};
        co_await rig.client.receive(options, room, into);
    });
    CHECK(why == failure::transient);
    CHECK(rig.text.find("SentTimestamp") != std::string::npos);
    CHECK(into.count == 0);
}

TEST_CASE("client: what the service answers says what is to be done")
{
    struct example
    {
        unsigned status;
        std::string body;
        failure why;
        std::size_t attempts;
    };
    const auto one =
        GENERATE(example{500, error_body("InternalError"), failure::transient, 3},
                 example{503, "<html>busy</html>", failure::transient, 3},
                 example{403, error_body("RequestThrottled"), failure::throttled, 3},
                 example{429, "", failure::throttled, 3},
                 example{400, error_body("OverLimit"), failure::throttled, 1},
                 example{403, error_body("AccessDeniedException"), failure::forbidden, 1},
                 example{403, error_body("SignatureDoesNotMatch"), failure::forbidden, 1},
                 example{400, error_body("QueueDoesNotExist"), failure::no_queue, 1},
                 example{400, error_body("InvalidAttributeName"), failure::bad_request, 1},
                 example{302, "", failure::bad_request, 1});
    CAPTURE(one.status, one.body);
    client_of_test rig;
    rig.script = {{.status = one.status, .body = one.body}};
    const auto why = rig.failure_of([&]() -> awaitable<void> { co_await rig.client.attributes(); });
    CHECK(why == one.why);
    CHECK(rig.seen.size() == one.attempts);
    std::uint64_t counted = 0;
    for (std::size_t i = 0; i < request_outcome_count; ++i)
        counted += rig.count.of(operation::get_queue_attributes, static_cast<request_outcome>(i));
    CHECK(counted == one.attempts); // every request is paid for, every one is counted
}

TEST_CASE("client: an answer of another type than JSON is no answer, whatever its body reads as")
{
    client_of_test rig;
    rig.script = {{.content_type = "text/html"}, {.content_type = "text/plain; charset=utf-8"}, {}};
    test::room_of_test room;
    delivery into;
    const auto why = rig.failure_of([&]() -> awaitable<void> {
        const receive_options options{};
        co_await rig.client.receive(options, room, into);
    });
    CHECK(!why); // the third one was empty indeed
    CHECK(rig.seen.size() == 3);
    CHECK(rig.count.of(operation::receive_message, request_outcome::transient) == 2);

    client_of_test stubborn;
    stubborn.script = {{.content_type = "text/html"}};
    const auto page =
        stubborn.failure_of([&]() -> awaitable<void> { co_await stubborn.client.attributes(); });
    CHECK(page == failure::transient);
    CHECK_THAT(stubborn.text, Catch::Contains("Content-Type"));
}

TEST_CASE("client: an attempt that the network ends is made again")
{
    client_of_test rig;
    rig.script = {{.drop = true},
                  {.status = 503, .body = ""},
                  {.body = R"({"Attributes":{"VisibilityTimeout":"45"}})"}};
    queue_attributes found;
    rig.http.play([&]() -> awaitable<void> { found = co_await rig.client.attributes(); });
    CHECK(found.visibility_timeout == 45s);
    CHECK(rig.seen.size() == 3);
    CHECK(requests(rig, operation::get_queue_attributes, request_outcome::transient) == 2);
    CHECK(requests(rig, operation::get_queue_attributes, request_outcome::ok) == 1);
}

TEST_CASE("client: a wrong clock is corrected by the Date of the refusal")
{
    client_of_test rig;
    slow_clock an_hour_slow(rig.http.time);
    caller with_slow_clock(an_hour_slow, rig.random,
                           {.host_field = "sqs.test", .scope = {"eu-west-1", "sqs"}},
                           rig.credentials, 3, rig.count);
    client slow(an_hour_slow, with_slow_clock, *rig.connections, client_of_test::queue_url);
    rig.script = {{.status = 403, .body = error_body("SignatureDoesNotMatch")},
                  {.body = R"({"Attributes":{}})"}};
    const auto why = rig.failure_of([&]() -> awaitable<void> { co_await slow.attributes(); });
    CHECK_FALSE(why);
    REQUIRE(rig.seen.size() == 2);
    CHECK(rig.seen[0].date.starts_with("20260114T23")); // the test begins at midnight
    CHECK(rig.seen[1].date.starts_with("20260115T00"));
}

TEST_CASE("client: a refused signature is final where the clocks agree")
{
    client_of_test rig;
    rig.script = {{.status = 403, .body = error_body("SignatureDoesNotMatch")}};
    const auto why = rig.failure_of([&]() -> awaitable<void> { co_await rig.client.attributes(); });
    CHECK(why == failure::forbidden);
    CHECK(rig.seen.size() == 1); // another signature would be the same
}

TEST_CASE("client: refused credentials are exchanged once")
{
    client_of_test rig;
    rig.credentials.next = test::renewable_credentials::make("AKIDSECOND");
    rig.script = {{.status = 403, .body = error_body("ExpiredTokenException")},
                  {.body = R"({"Attributes":{}})"}};
    const auto why = rig.failure_of([&]() -> awaitable<void> { co_await rig.client.attributes(); });
    CHECK_FALSE(why);
    REQUIRE(rig.seen.size() == 2);
    CHECK(rig.seen[1].authorization.find("Credential=AKIDSECOND/") != std::string::npos);

    rig.script = {{.status = 403, .body = error_body("ExpiredTokenException")}};
    const auto again =
        rig.failure_of([&]() -> awaitable<void> { co_await rig.client.attributes(); });
    CHECK(again == failure::forbidden);
    CHECK(rig.seen.size() == 4); // no endless loop
}

TEST_CASE("client: batch answers are read entry by entry, and malformed ones fail the call")
{
    client_of_test rig;
    test::deliveries made;
    const std::vector<receipt> receipts{made.one(), made.one()};
    rig.script = {{.body = R"({"Successful":[{"Id":"1"}],"Failed":[{"Id":"0",)"
                           R"("SenderFault":true,"Code":"ReceiptHandleIsInvalid"}]})"}};
    batch_result results;
    rig.http.play([&]() -> awaitable<void> { results = co_await rig.client.remove(receipts); });
    CHECK(results == batch_result{entry_result::dead, entry_result::done});
    CHECK(rig.seen[0].body.find(R"({"Id":"0","ReceiptHandle":"handle-0"})") != std::string::npos);

    rig.script = {{.body = "[]"}};
    const auto why = rig.failure_of(
        [&]() -> awaitable<void> { co_await rig.client.change_visibility(receipts, 30s); });
    CHECK(why == failure::transient);
}

TEST_CASE("client: bodies are sent as they are, and never stand in an error")
{
    client_of_test rig;
    const std::vector<outgoing> messages{{"{\"ip\":\"10.0.0.1\"}"}, {"a\tb"}};
    rig.script = {{.body = R"({"Successful":[{"Id":"0"},{"Id":"1"}]})"}};
    batch_reply reply;
    rig.http.play([&]() -> awaitable<void> { reply = co_await rig.client.send(messages); });
    CHECK(reply.results == batch_result{entry_result::done, entry_result::done});
    CHECK(rig.seen[0].body.find(R"("MessageBody":"{\"ip\":\"10.0.0.1\"}")") != std::string::npos);
    CHECK(rig.seen[0].body.find(R"("MessageBody":"a\u0009b")") != std::string::npos);

    rig.script = {{.status = 400, .body = error_body("InvalidParameterValue", "bad 10.0.0.1")}};
    const auto why =
        rig.failure_of([&]() -> awaitable<void> { co_await rig.client.send(messages); });
    CHECK(why == failure::bad_request);
    CHECK(rig.text.find("10.0.0.1") == std::string::npos);
    CHECK(rig.text.find("InvalidParameterValue") != std::string::npos);
}

TEST_CASE("client: a queue is found by its name")
{
    client_of_test rig;
    rig.script = {{.body = R"({"QueueUrl":"http://127.0.0.1/1/q"})"}};
    std::string url;
    rig.http.play([&]() -> awaitable<void> { url = co_await rig.client.find_queue("q"); });
    CHECK(url == "http://127.0.0.1/1/q");
    CHECK(rig.seen[0].body == R"({"QueueName":"q"})");
}
