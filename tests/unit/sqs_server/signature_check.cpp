// Signatures: what the server accepts, and how it refuses the rest.
#include "sqs_server/server/signature_check.hpp"

#include "sqs_server/model/refusal.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sqs_server {
namespace {

using namespace std::chrono_literals;

// The request of the published-algorithm vector for SQS: its signature was computed elsewhere.
constexpr std::string_view vector_signature =
    "dfe5387fb8c37fe0c1f5228c3faeab68119f91096774d44eb182803f2bea6c6b";
constexpr std::string_view vector_token_signature =
    "7258552c241f017f1888ec3b59b95ff7d9906fe285e4889931603a5e98cbc07a";
constexpr std::string_view vector_scope = "20260115/eu-central-1/sqs/aws4_request";
constexpr std::string_view vector_names =
    "content-type;host;x-amz-date;x-amz-target;x-amzn-query-mode";
const wall_time vector_time{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + 9h + 30min};

struct signed_request
{
    std::string access_key_id = "AKIDEXAMPLE";
    std::string scope{vector_scope};
    std::string names{vector_names};
    std::string signature{vector_signature};
    std::string date = "20260115T093000Z";
    std::string token = {};
    std::string body = R"({"QueueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/jobs",)"
                       R"("MaxNumberOfMessages":10,"WaitTimeSeconds":20})";
    std::string target = "AmazonSQS.ReceiveMessage";
    std::string authorization = {}; // instead of what the parts make
    wall_time now = vector_time;
};

void check(const signed_request& what)
{
    static const signature_check checker(
        {"AKIDEXAMPLE", secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")}, "eu-central-1");
    const std::string authorization =
        what.authorization.empty()
            ? fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                          what.access_key_id, what.scope, what.names, what.signature)
            : what.authorization;
    std::vector<net::http_field> fields = {
        {"Host", "sqs.eu-central-1.amazonaws.com"},
        {"Content-Type", "application/x-amz-json-1.0"},
        {"X-Amz-Target", what.target},
        {"x-amzn-query-mode", "true"},
        {"User-Agent", "unsigned"},
    };
    if (!what.date.empty())
        fields.push_back({"X-Amz-Date", what.date});
    if (!what.token.empty())
        fields.push_back({"X-Amz-Security-Token", what.token});
    if (what.authorization != "none")
        fields.push_back({"Authorization", authorization});
    net::http_request request;
    request.method = "POST";
    request.target = "/";
    request.fields = fields;
    request.body = what.body;
    checker(request, what.now);
}

std::pair<errc, std::string> refused(const std::function<void(signed_request&)>& change)
{
    signed_request what;
    change(what);
    try {
        check(what);
    } catch (const refusal& why) {
        return {why.code(), why.message()};
    }
    FAIL("the request was admitted");
    return {};
}

errc code(const std::function<void(signed_request&)>& change)
{
    return refused(change).first;
}

} // namespace

TEST_CASE("signature: a good one is admitted, with and without a session token")
{
    CHECK_NOTHROW(check({}));
    signed_request what;
    what.token = "SESSIONTOKENEXAMPLE==";
    what.names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target;x-amzn-query-mode";
    what.signature = vector_token_signature;
    CHECK_NOTHROW(check(what));
}

TEST_CASE("signature: whatever was signed must not have changed")
{
    CHECK(code([](auto& r) { r.body += ' '; }) == errc::invalid_signature);
    CHECK(code([](auto& r) { r.target = "AmazonSQS.DeleteQueue"; }) == errc::invalid_signature);
    CHECK(code([](auto& r) { r.signature.back() = '0'; }) == errc::invalid_signature);
    CHECK(code([](auto& r) { r.signature.pop_back(); }) == errc::invalid_signature);
    CHECK(code([](auto& r) { r.date = "20260115T093001Z"; }) == errc::invalid_signature);
    CHECK_THAT(refused([](auto& r) { r.body += ' '; }).second,
               Catch::StartsWith("The request signature we calculated does not match"));
}

TEST_CASE("signature: an unknown key is told from a wrong signature")
{
    CHECK(code([](auto& r) { r.access_key_id = "AKIDOTHER"; }) == errc::unrecognized_client);
}

TEST_CASE("signature: a request without one, or with half of one, is refused as such")
{
    CHECK(code([](auto& r) { r.authorization = "none"; }) == errc::missing_authentication_token);
    for (const char* half :
         {"Basic dXNlcjpwYXNz", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE",
          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/x, SignedHeaders=host",
          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/x, Signature=0",
          "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0"}) {
        INFO(half);
        CHECK(code([half](auto& r) { r.authorization = half; }) == errc::incomplete_signature);
    }
}

TEST_CASE("signature: the scope must be of the day, the region and the service")
{
    for (const char* scope :
         {"20260114/eu-central-1/sqs/aws4_request", "20260115/us-east-1/sqs/aws4_request",
          "20260115/eu-central-1/sns/aws4_request", "20260115/eu-central-1/sqs"}) {
        INFO(scope);
        CHECK(code([scope](auto& r) { r.scope = scope; }) == errc::invalid_signature);
    }
}

TEST_CASE("signature: host, date and token must be among the signed fields")
{
    CHECK(code([](auto& r) { r.names = "x-amz-date"; }) == errc::invalid_signature);
    CHECK_THAT(refused([](auto& r) { r.names = "host"; }).second, Catch::Contains("x-amz-date"));
    CHECK_THAT(refused([](auto& r) { r.token = "T"; }).second,
               Catch::Contains("x-amz-security-token"));
}

TEST_CASE("signature: a quarter of an hour is what clocks may differ")
{
    signed_request what;
    what.now = vector_time + 15min;
    CHECK_NOTHROW(check(what));
    what.now = vector_time - 15min;
    CHECK_NOTHROW(check(what));
    CHECK_THAT(refused([](auto& r) { r.now += 15min + 1ms; }).second,
               Catch::StartsWith("Signature expired: 20260115T093000Z is now earlier than"));
    CHECK_THAT(refused([](auto& r) { r.now -= 15min + 1s; }).second,
               Catch::StartsWith("Signature not yet current"));
}

TEST_CASE("signature: a date is read in its one form only")
{
    CHECK(parse_amz_date("20260115T093000Z") == vector_time);
    for (const char* bad : {"", "2026-01-15T09:30:00Z", "20260115T093000", "20261315T093000Z",
                            "20260230T093000Z", "2026011ST093000Z", "20260115T093000Zx"}) {
        INFO(bad);
        CHECK_FALSE(parse_amz_date(bad));
    }
    CHECK(code([](auto& r) { r.date = ""; }) == errc::incomplete_signature);
    CHECK(code([](auto& r) { r.date = "yesterday"; }) == errc::incomplete_signature);
}

} // namespace sluice::sqs_server
