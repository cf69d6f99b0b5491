// The service over HTTP: answers, long polls, latency, faults, statistics.
#include "core/task_group.hpp"
#include "service_rig.hpp"

#include <set>

namespace sluice::sqs_server {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using namespace std::chrono_literals;

service_options with_fault(fault_kind kind, double share = 1.0)
{
    service_options out;
    out.faults.emplace();
    out.faults->shares[static_cast<std::size_t>(kind)] = share;
    out.faults->operations.reset(static_cast<std::size_t>(operation::send_message));
    return out;
}

std::size_t count(std::string_view in, std::string_view what)
{
    std::size_t out = 0;
    for (std::size_t at = in.find(what); at != std::string_view::npos;
         at = in.find(what, at + what.size()))
        ++out;
    return out;
}

} // namespace

TEST_CASE("service: an answer carries its type and a request id of its own")
{
    service_rig rig;
    std::set<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        const std::string answer = rig.ask("ReceiveMessage", "");
        CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
        CHECK_THAT(answer, Contains("\r\nContent-Type: application/x-amz-json-1.0\r\n"));
        CHECK_THAT(answer, EndsWith("\r\n\r\n{}"));
        const std::size_t at = answer.find("x-amzn-RequestId: ");
        REQUIRE(at != std::string::npos);
        ids.insert(answer.substr(at, 54));
    }
    CHECK(ids.size() == 3);
}

TEST_CASE("service: an error carries its status and the legacy code")
{
    service_rig rig;
    const std::string answer = rig.ask("DeleteMessage", R"("ReceiptHandle":"garbage")");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 404 "));
    CHECK_THAT(answer, Contains("\r\nx-amzn-query-error: ReceiptHandleIsInvalid;Sender\r\n"));
    CHECK_THAT(answer, Contains(R"({"__type":"com.amazonaws.sqs#ReceiptHandleIsInvalid")"));
}

TEST_CASE("service: what is no request of the JSON protocol is told what is spoken here")
{
    service_rig rig;
    for (const char* request : {
             "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
             "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 17\r\n\r\n"
             "Action=ListQueues",
             "PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Amz-Target: "
             "AmazonSQS.ListQueues\r\nContent-Length: 2\r\n\r\n{}",
             "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Amz-Target: "
             "DynamoDB_20120810.ListTables\r\nContent-Length: 2\r\n\r\n{}",
             "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Amz-Target: "
             "AmazonSQS.Unheard\r\nContent-Length: 2\r\n\r\n{}",
         }) {
        const std::string answer = rig.http.answer_to(request);
        CHECK_THAT(answer, StartsWith("HTTP/1.1 400 "));
        CHECK_THAT(answer, Contains("UnknownOperationException"));
    }
}

TEST_CASE("service: it tells that it is well, and what it did")
{
    service_rig rig;
    rig.send("a");
    rig.ask("DeleteMessage", R"("ReceiptHandle":"garbage")");
    const auto get = [&](const char* target) {
        return rig.http.answer_to(
            fmt::format("GET {} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", target));
    };
    CHECK_THAT(get("/"), EndsWith("\r\n\r\nok\n"));
    CHECK_THAT(get("/health"), EndsWith("\r\n\r\nok\n"));
    CHECK_THAT(get("/other"), StartsWith("HTTP/1.1 404 "));
    const std::string stats = get("/stats");
    const boost::json::value told = boost::json::parse(stats.substr(stats.find("\r\n\r\n") + 4));
    CHECK(told.at("operations").at("SendMessage").at("calls") == 1);
    CHECK(told.at("operations").at("DeleteMessage").at("refused") == 1);
    CHECK(told.at("queues").at("q").at("visible") == 1);
    CHECK(told.at("queues").at("q").at("totals").at("sent") == 1);
    CHECK(told.at("cpu_seconds").as_double() > 0);
}

TEST_CASE("service: a long poll ends with the message that is sent meanwhile")
{
    service_rig rig;
    std::string answer;
    rig.poll(answer);
    rig.http.pass(19s);
    CHECK(answer.empty());
    rig.send("late");
    rig.http.run_until([&] { return !answer.empty(); });
    CHECK_THAT(answer, Contains(R"("Body":"late")"));
    CHECK(rig.service.waiting() == 0);
}

TEST_CASE("service: a long poll ends empty when its time is up, and not before")
{
    service_rig rig;
    std::string answer;
    rig.poll(answer, 5);
    rig.http.pass(4999ms);
    CHECK(rig.service.waiting() == 1);
    rig.http.pass(1ms);
    rig.http.run_until([&] { return !answer.empty(); });
    CHECK_THAT(answer, EndsWith("\r\n\r\n{}"));
}

TEST_CASE("service: a long poll waits for as long as the queue says, unless it says itself")
{
    service_rig rig;
    rig.service.queues().set_attributes(rig.q(), {{"ReceiveMessageWaitTimeSeconds", "3"}},
                                        rig.http.time.wall_now());
    CHECK_THAT(rig.ask("ReceiveMessage", R"("WaitTimeSeconds":0)"), EndsWith("{}"));
    std::string answer;
    rig.http.start([&]() -> awaitable<void> {
        test::raw_peer peer = co_await rig.http.connect();
        co_await peer.send(http_request_of("ReceiveMessage", "", "Connection: close\r\n"));
        answer = co_await peer.read_all();
    });
    rig.http.run_until([&] { return rig.service.waiting() == 1; });
    rig.http.pass(3s);
    rig.http.run_until([&] { return !answer.empty(); });
    CHECK_THAT(answer, EndsWith("{}"));
}

TEST_CASE("service: a long poll gets what becomes visible while it waits")
{
    service_rig rig;
    rig.send("again");
    CHECK_THAT(rig.ask("ReceiveMessage", R"("VisibilityTimeout":7)"), Contains("again"));
    std::string answer;
    rig.poll(answer);
    rig.http.pass(6999ms);
    CHECK(rig.service.waiting() == 1);
    rig.http.pass(1ms);
    rig.http.run_until([&] { return !answer.empty(); });
    CHECK_THAT(answer, Contains("again"));
}

TEST_CASE("service: of several polls one gets the message, the oldest")
{
    service_rig rig;
    std::string first;
    std::string second;
    rig.poll(first);
    rig.poll(second);
    rig.send("one");
    rig.http.run_until([&] { return !first.empty(); });
    CHECK_THAT(first, Contains("one"));
    CHECK(rig.service.waiting() == 1);
    rig.send("two");
    rig.http.run_until([&] { return !second.empty(); });
    CHECK_THAT(second, Contains("two"));
}

TEST_CASE("service: messages that come together are shared among all polls that wait")
{
    service_rig rig;
    std::array<std::string, 3> answers;
    for (std::string& each : answers)
        rig.poll(each);
    std::string entries;
    for (int i = 0; i < 3; ++i)
        entries += fmt::format(R"({}{{"Id":"{}","MessageBody":"m"}})", i == 0 ? "" : ",", i);
    rig.ask("SendMessageBatch", fmt::format(R"("Entries":[{}])", entries));
    rig.http.run_until([&] { return std::ranges::none_of(answers, &std::string::empty); });
    for (const std::string& each : answers)
        CHECK(count(each, R"("Body")") == 1);
}

TEST_CASE("service: a poll whose client is gone takes no message")
{
    service_rig rig;
    std::string second;
    rig.http.play([&rig]() -> awaitable<void> {
        test::raw_peer gone = co_await rig.http.connect();
        co_await gone.send(http_request_of("ReceiveMessage", R"("WaitTimeSeconds":20)"));
        co_await rig.http.until([&rig] { return rig.service.waiting() == 1; });
        gone.reset();
    });
    rig.poll(second);
    rig.send("precious");
    rig.http.run_until([&] { return !second.empty(); });
    CHECK_THAT(second, Contains("precious"));
    CHECK(rig.q().total(event_kind::received) == 1);
}

TEST_CASE("service: deleting a queue ends the polls that wait for it")
{
    service_rig rig;
    std::string answer;
    rig.poll(answer);
    rig.ask("DeleteQueue", "");
    rig.http.run_until([&] { return !answer.empty(); });
    CHECK_THAT(answer, Contains("QueueDoesNotExist"));
}

TEST_CASE("service: an answer is held back by the latency of its operation")
{
    service_options options;
    options.latency[static_cast<std::size_t>(operation::receive_message)] = 300ms;
    service_rig rig(std::move(options));
    rig.send("a"); // has none
    std::string answer;
    rig.http.start([&]() -> awaitable<void> {
        test::raw_peer peer = co_await rig.http.connect();
        co_await peer.send(http_request_of("ReceiveMessage", "", "Connection: close\r\n"));
        answer = co_await peer.read_all();
    });
    const steady_time begun = rig.http.time.now();
    rig.http.time_flows = true;
    rig.http.run_until([&] { return !answer.empty(); });
    CHECK_THAT(answer, Contains(R"("Body":"a")"));
    CHECK(rig.http.time.now() - begun >= 300ms);
}

TEST_CASE("service: faults before the effect are answered and change nothing")
{
    const std::vector<std::pair<fault_kind, const char*>> expected = {
        {fault_kind::server_error, "HTTP/1.1 500 "},
        {fault_kind::slow_down, "HTTP/1.1 503 "},
        {fault_kind::throttled, "HTTP/1.1 403 "},
        {fault_kind::html_page, "HTTP/1.1 502 "},
        {fault_kind::dropped_before, ""},
    };
    for (const auto& [kind, begin] : expected) {
        INFO(to_string(kind));
        service_rig rig(with_fault(kind));
        rig.send("a");
        const std::string answer = rig.ask("ReceiveMessage", "");
        CHECK_THAT(answer, StartsWith(begin));
        CHECK(answer.empty() == (kind == fault_kind::dropped_before));
        CHECK(rig.q().counts().visible == 1);
    }
}

TEST_CASE("service: throttling has the codes of SQS")
{
    service_rig rig(with_fault(fault_kind::throttled));
    const std::string answer = rig.ask("ReceiveMessage", "");
    CHECK_THAT(answer, Contains("x-amzn-query-error: RequestThrottled;Receiver\r\n"));
    CHECK_THAT(answer, Contains(R"("__type":"com.amazonaws.sqs#RequestThrottled")"));
}

TEST_CASE("service: faults after the effect lose or spoil the answer of what was done")
{
    for (const fault_kind kind :
         {fault_kind::dropped_after, fault_kind::truncated, fault_kind::empty}) {
        INFO(to_string(kind));
        service_rig rig(with_fault(kind));
        rig.send("a");
        const std::string answer = rig.ask("ReceiveMessage", "");
        CHECK(rig.q().counts().in_flight == 1);
        CHECK_THAT(answer, !EndsWith("}"));
        CHECK(answer.empty() == (kind == fault_kind::dropped_after));
        if (kind == fault_kind::truncated)
            CHECK_THAT(answer, Contains(R"({"Messages":[)"));
        if (kind == fault_kind::empty)
            CHECK_THAT(answer, Contains("Content-Length: 0\r\n"));
    }
}

TEST_CASE("service: faults inside the answer keep the rest of it good")
{
    {
        service_rig rig(with_fault(fault_kind::wrong_md5));
        rig.send("hello");
        CHECK_THAT(rig.ask("ReceiveMessage", ""), !Contains("5d41402abc4b2a76b9719d911017c592"));
    }
    service_rig rig(with_fault(fault_kind::failing_entries));
    const std::string answer =
        rig.ask("SendMessageBatch", R"("Entries":[{"Id":"0","MessageBody":"a"},
                                                  {"Id":"1","MessageBody":"b"}])");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 200 "));
    CHECK_THAT(answer, Contains(R"("SenderFault":false)"));
    CHECK(rig.q().counts().visible + count(answer, "SenderFault") == 2);
}

TEST_CASE("service: who is not admitted is refused, whatever he asks for")
{
    service_options options;
    options.admit = [](const net::http_request& request, wall_time) {
        if (request.field("Authorization").empty())
            throw refusal(errc::missing_authentication_token, "Missing Authentication Token");
    };
    service_rig rig(std::move(options));
    CHECK_THAT(rig.ask("ReceiveMessage", ""), StartsWith("HTTP/1.1 403 "));
    CHECK_THAT(rig.http.answer_to(http_request_of("ReceiveMessage", "",
                                                  "Connection: close\r\nAuthorization: x\r\n")),
               StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("service: a denied operation is refused as a policy refuses it, and only that one")
{
    service_options options;
    options.denied.set(static_cast<std::size_t>(operation::receive_message));
    service_rig rig(std::move(options));
    // Malformed as it is: rights come first.
    const std::string answer = rig.ask("ReceiveMessage", R"("MaxNumberOfMessages":0)");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 403 "));
    CHECK_THAT(answer, Contains("AccessDeniedException") && Contains("sqs:ReceiveMessage"));
    CHECK_THAT(rig.ask("GetQueueAttributes", ""), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("service: a move task goes on without requests, and so does retention")
{
    service_rig rig;
    account& queues = rig.service.queues();
    queue& dead = queues.create("dead", {}, {}, rig.http.time.wall_now());
    queues.set_attributes(rig.q(),
                          {{"RedrivePolicy", R"({"deadLetterTargetArn":")" + dead.arn() +
                                                 R"(","maxReceiveCount":1})"}},
                          rig.http.time.wall_now());
    for (int i = 0; i < 3; ++i)
        rig.send("m");
    for (int i = 0; i < 2; ++i)
        rig.ask("ReceiveMessage", R"("VisibilityTimeout":0,"MaxNumberOfMessages":10)");
    REQUIRE(dead.counts().visible == 3);
    task_group chores(rig.http.executor(), rig.http.time);
    chores.spawn([&] { return rig.service.run(); });
    rig.ask("StartMessageMoveTask",
            R"("SourceArn":")" + dead.arn() + R"(","MaxNumberOfMessagesPerSecond":2)");
    rig.http.time_flows = true;
    rig.http.run_until([&] { return rig.q().counts().visible == 3; });
    CHECK(dead.counts().visible == 0);
    rig.http.pass(std::chrono::hours(24 * 5));
    rig.http.run_until([&] { return rig.q().total(event_kind::expired) == 3; });
    rig.http.play([&]() -> awaitable<void> {
        chores.cancel();
        co_await chores.join();
    });
}

} // namespace sluice::sqs_server
