#include "aws/json_requests.hpp"

#include <boost/algorithm/string/trim.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <set>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

const wall_time a_morning{std::chrono::sys_days{std::chrono::year{2026} / 1 / 15} + 9h + 30min};

aws::credentials_ptr keys(std::string id, std::string key, std::string token = {})
{
    return std::make_shared<const aws::credentials>(
        aws::credentials{.access_key_id = std::move(id),
                         .secret_access_key = secret(std::move(key)),
                         .session_token = secret(std::move(token)),
                         .expires_at = std::nullopt});
}

aws::json_service sqs(std::string host = "sqs.eu-central-1.amazonaws.com")
{
    return {.host_field = std::move(host),
            .scope = {"eu-central-1", "sqs"},
            .target_prefix = "AmazonSQS",
            .user_agent = "sluice/test"};
}

std::string render(aws::json_requests& requests, std::string_view operation, std::string_view body,
                   const aws::credentials_ptr& who, wall_time now)
{
    byte_buffer out;
    requests.render(operation, body, who, now, out);
    return std::string(out.view());
}

// What the general form would have put into the Authorization field of this rendered request.
std::string expected_authorization(const std::string& request, const aws::json_service& service,
                                   const aws::credentials& who)
{
    const std::set<std::string> unsigned_names{"User-Agent", "Content-Length", "Authorization"};
    const std::size_t head_end = request.find("\r\n\r\n");
    aws::signable_request signable{.path = service.path, .body = request.substr(head_end + 4)};
    std::string date;
    std::size_t at = request.find("\r\n") + 2;
    while (at < head_end) {
        const std::size_t end = request.find("\r\n", at);
        const std::size_t colon = request.find(':', at);
        const std::string name = request.substr(at, colon - at);
        const std::string value =
            boost::algorithm::trim_copy(request.substr(colon + 1, end - colon - 1));
        if (name == "X-Amz-Date")
            date = value;
        if (!unsigned_names.contains(name))
            signable.fields.push_back({name, value});
        at = end + 2;
    }
    const aws::signing_key key(who.secret_access_key, date, service.scope);
    const std::string to_sign =
        aws::string_to_sign(date, service.scope, aws::canonical_request(signable));
    return aws::authorization(who.access_key_id, date, service.scope, aws::signed_names(signable),
                              key.sign(to_sign));
}

} // namespace

TEST_CASE("json_requests: a whole request, as it goes over the wire")
{
    aws::json_requests requests(sqs());
    const auto who = keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    const std::string body =
        R"({"QueueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/jobs",)"
        R"("MaxNumberOfMessages":10,"WaitTimeSeconds":20})";
    CHECK(render(requests, "ReceiveMessage", body, who, a_morning) ==
          "POST / HTTP/1.1\r\n"
          "Host: sqs.eu-central-1.amazonaws.com\r\n"
          "Content-Type: application/x-amz-json-1.0\r\n"
          "X-Amzn-Query-Mode: true\r\n"
          "User-Agent: sluice/test\r\n"
          "X-Amz-Date: 20260115T093000Z\r\n"
          "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
          "Authorization: AWS4-HMAC-SHA256 "
          "Credential=AKIDEXAMPLE/20260115/eu-central-1/sqs/aws4_request, "
          "SignedHeaders=content-type;host;x-amz-date;x-amz-target;x-amzn-query-mode, "
          "Signature=dfe5387fb8c37fe0c1f5228c3faeab68119f91096774d44eb182803f2bea6c6b\r\n"
          "Content-Length: 117\r\n\r\n" +
              body);
}

TEST_CASE("json_requests: a session token is sent and signed")
{
    aws::json_requests requests(sqs());
    const auto who =
        keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "SESSIONTOKENEXAMPLE==");
    const std::string request =
        render(requests, "ReceiveMessage",
               R"({"QueueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/jobs",)"
               R"("MaxNumberOfMessages":10,"WaitTimeSeconds":20})",
               who, a_morning);
    CHECK_THAT(request, Contains("\r\nX-Amz-Security-Token: SESSIONTOKENEXAMPLE==\r\n"));
    CHECK_THAT(request,
               Contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;"
                        "x-amz-target;x-amzn-query-mode, Signature="
                        "7258552c241f017f1888ec3b59b95ff7d9906fe285e4889931603a5e98cbc07a"));
}

TEST_CASE("json_requests: the fast way signs as the general one does, whatever changes")
{
    std::mt19937_64 random(20260115);
    const auto pick = [&random](std::size_t below) { return random() % below; };
    const auto noise = [&](std::size_t size) {
        std::string text(size, '\0');
        for (char& c : text)
            c = static_cast<char>(pick(256));
        return text;
    };
    const std::vector<aws::credentials_ptr> people{
        keys("AKIA1", "secret one"), keys("AKIA2", "secret two"), keys("ASIA3", "three", "t3/+=="),
        keys("ASIA3", "three", "t4")};
    const std::vector<std::string> operations{"ReceiveMessage", "DeleteMessageBatch", "A", ""};
    for (const std::string& path : {std::string("/"), std::string("/base/path")}) {
        aws::json_service service = sqs("localhost:9324");
        service.path = path;
        aws::json_requests requests(service);
        wall_time now = a_morning;
        byte_buffer out;
        for (int i = 0; i < 2'000; ++i) {
            // Now and then a step over midnight, forth or back, or no step at all.
            const std::array steps{0ms, 1ms, 999ms, 1'000ms, 3'600'000ms, 86'400'000ms, -5'000ms};
            now += steps.at(pick(steps.size()));
            const auto& who = people.at(pick(people.size()));
            const std::string body = noise(pick(300));
            requests.render(operations.at(pick(operations.size())), body, who, now, out);
            const std::string request(out.view());
            const std::string expected =
                "\r\nAuthorization: " + expected_authorization(request, service, *who) + "\r\n";
            const bool same = request.find(expected) != std::string::npos;
            CAPTURE(i, request, expected);
            REQUIRE(same);
            REQUIRE(request.ends_with("\r\n\r\n" + body));
        }
    }
}
