#include "aws/sigv4.hpp"

#include "core/encoding.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace sluice;
using aws::path_form;
using aws::signable_request;

namespace {

const secret example_secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

std::string text(const boost::json::value& value)
{
    return std::string(std::string_view(value.as_string()));
}

// The request of a case of the suite, as it is before it is signed.
signable_request read_request(const std::string& text)
{
    signable_request request{.path = {}};
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    const std::size_t first = line.find(' ');
    const std::string target = line.substr(first + 1, line.rfind(' ') - first - 1);
    request.method = line.substr(0, first);
    request.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos)
        request.query = target.substr(target.find('?') + 1);
    while (std::getline(lines, line) && !line.empty()) {
        if (line.front() == ' ') { // folded
            request.fields.back().value += '\n' + line;
            continue;
        }
        const std::size_t colon = line.find(':');
        request.fields.push_back({line.substr(0, colon), line.substr(colon + 1)});
    }
    std::getline(lines, request.body, '\0');
    return request;
}

// Adds the fields that a signer adds.
void complete(signable_request& request, const boost::json::object& context,
              const std::string& date)
{
    request.fields.push_back({"X-Amz-Date", date});
    const auto* const token = context.at("credentials").as_object().if_contains("token");
    const auto* const omit = context.if_contains("omit_session_token");
    if (token != nullptr && (omit == nullptr || !omit->as_bool()))
        request.fields.push_back({"X-Amz-Security-Token", text(*token)});
    if (context.at("sign_body").as_bool())
        request.fields.push_back({"x-amz-content-sha256", to_hex(aws::sha256()(request.body))});
}

// "2015-08-30T12:36:00Z" is "20150830T123600Z".
std::string basic_form(std::string date)
{
    std::erase_if(date, [](char c) { return c == '-' || c == ':'; });
    return date;
}

} // namespace

TEST_CASE("sigv4: every case of the published suite")
{
    const auto suite = test::vectors("sigv4");
    if (!suite)
        return;
    int cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator(*suite)) {
        if (!entry.is_directory())
            continue;
        ++cases;
        CAPTURE(entry.path().filename());
        const auto read = [&entry](const char* name) {
            return test::read_file(entry.path() / name);
        };
        const auto context = test::read_json(entry.path() / "context.json").as_object();
        const std::string date = basic_form(text(context.at("timestamp")));
        const aws::signing_scope scope{text(context.at("region")), text(context.at("service"))};
        const auto& keys = context.at("credentials").as_object();
        signable_request request = read_request(read("request.txt"));
        complete(request, context, date);

        const auto form =
            context.at("normalize").as_bool() ? path_form::normalized : path_form::verbatim;
        const std::string canonical = aws::canonical_request(request, form);
        CHECK(canonical == read("header-canonical-request.txt"));
        const std::string to_sign = aws::string_to_sign(date, scope, canonical);
        CHECK(to_sign == read("header-string-to-sign.txt"));
        const aws::signing_key key(secret(text(keys.at("secret_access_key"))), date, scope);
        const std::string signature = key.sign(to_sign);
        CHECK(signature == read("header-signature.txt"));
        const std::string field =
            "Authorization:" + aws::authorization(text(keys.at("access_key_id")), date, scope,
                                                  aws::signed_names(request), signature);
        CHECK_THAT(read("header-signed-request.txt"), Catch::Contains(field));
    }
    CHECK(cases == 38);
}

TEST_CASE("sigv4: post-vanilla, which needs no file")
{
    const signable_request request{
        .fields = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}}};
    const aws::signing_scope scope{"us-east-1", "service"};
    const std::string date = "20150830T123600Z";
    const aws::signing_key key(example_secret, date, scope);
    CHECK(key.sign(aws::string_to_sign(date, scope, aws::canonical_request(request))) ==
          "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST_CASE("sigv4: a ReceiveMessage, step by step")
{
    const std::string date = "20260115T093000Z";
    const aws::signing_scope scope{"eu-central-1", "sqs"};
    signable_request request{
        .fields = {{"Host", "sqs.eu-central-1.amazonaws.com"},
                   {"X-Amz-Date", date},
                   {"Content-Type", "application/x-amz-json-1.0"},
                   {"X-Amz-Target", "AmazonSQS.ReceiveMessage"},
                   {"x-amzn-query-mode", "true"}},
        .body = R"({"QueueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/jobs",)"
                R"("MaxNumberOfMessages":10,"WaitTimeSeconds":20})"};
    CHECK(to_hex(aws::sha256()(request.body)) ==
          "7312364966d28bcf5896ea7d61b3fe2948de16c3c3cce2ff9c4b8a4c73cc693c");
    const aws::signing_key key(example_secret, date, scope);
    CHECK(to_hex(key.bytes()) ==
          "31ebb1e9bb63c7b8ac25a57a1372e1e620a480c1b9a0016d25b5698104c3caa2");

    struct variant
    {
        const char* canonical_hash;
        const char* signature;
    };
    const auto check = [&](const variant& expected) {
        const std::string canonical = aws::canonical_request(request);
        CHECK(to_hex(aws::sha256()(canonical)) == expected.canonical_hash);
        CHECK(key.sign(aws::string_to_sign(date, scope, canonical)) == expected.signature);
    };
    check({"75f571f30dc05b970e4a18241c73d313842b514800b5ca4f14b291296fc7de63",
           "dfe5387fb8c37fe0c1f5228c3faeab68119f91096774d44eb182803f2bea6c6b"});
    request.fields.push_back({"X-Amz-Security-Token", "SESSIONTOKENEXAMPLE=="});
    check({"bb7c3802a02192ed0d004c76b6dd54fb082c72d2da409c6b187322da993cd7f5",
           "7258552c241f017f1888ec3b59b95ff7d9906fe285e4889931603a5e98cbc07a"});
}

TEST_CASE("sigv4: fields are sorted, merged and freed of superfluous spaces")
{
    const signable_request request{
        .fields = {{"B", "  two   words "}, {"a", "2"}, {"A", "1"}, {"Empty", " \t "}}};
    CHECK(aws::signed_names(request) == "a;b;empty");
    CHECK_THAT(aws::canonical_request(request),
               Catch::Contains("\na:2,1\nb:two words\nempty:\n\n"));
}

TEST_CASE("sigv4: a path is normalized unless it is taken verbatim, and encoded in both forms")
{
    struct path_case
    {
        const char* path;
        const char* normalized;
        const char* verbatim;
    };
    for (const path_case& each :
         {path_case{"/", "/", "/"}, path_case{"", "/", ""}, path_case{"/a/../b", "/b", "/a/../b"},
          path_case{"/../..", "/", "/../.."}, path_case{"//a//", "/a/", "//a//"},
          path_case{"/a/.", "/a/", "/a/."}, path_case{"/a/b/..", "/a/", "/a/b/.."},
          path_case{"/a b/%41", "/a%20b/%2541", "/a%20b/%2541"}}) {
        CAPTURE(each.path);
        const signable_request request{.path = each.path};
        const auto path_of = [](const std::string& canonical) {
            return canonical.substr(5, canonical.find('\n', 5) - 5); // behind "POST\n"
        };
        CHECK(path_of(aws::canonical_request(request, path_form::normalized)) == each.normalized);
        CHECK(path_of(aws::canonical_request(request, path_form::verbatim)) == each.verbatim);
    }
}

TEST_CASE("sigv4: the date is that of UTC, to the second")
{
    CHECK(aws::amz_date(wall_time{}) == "19700101T000000Z");
    CHECK(aws::amz_date(wall_time{std::chrono::milliseconds(1'768'469'400'999)}) ==
          "20260115T093000Z");
}
