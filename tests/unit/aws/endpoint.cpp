#include "aws/endpoint.hpp"

#include "aws/settings_error.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using aws::environment;
using aws::shared_config;
using Catch::Matchers::Contains;

namespace {

namespace json = boost::json;
using variables = std::map<std::string, std::string, std::less<>>;

std::string text(const json::value& value)
{
    return std::string(std::string_view(value.as_string()));
}

std::string text_or(const json::object& object, const char* key)
{
    const json::value* const found = object.if_contains(key);
    return found == nullptr ? std::string() : text(*found);
}

bool flag(const json::object& object, const char* key)
{
    const json::value* const found = object.if_contains(key);
    return found != nullptr && found->as_bool();
}

variables strings_of(const json::value& object)
{
    variables read;
    for (const auto& [key, value] : object.as_object())
        if (value.is_string())
            read[std::string(key)] = text(value);
    return read;
}

shared_config profile(aws::properties values)
{
    aws::profile_set set;
    set.profiles["default"].values = std::move(values);
    return {std::move(set), "default"};
}

std::string resolved(const aws::endpoint_wish& wish)
{
    try {
        return aws::resolve_endpoint(wish);
    } catch (const aws::settings_error&) {
        return "error";
    }
}

} // namespace

TEST_CASE("endpoint: every published case of SQS, and of STS without its global endpoint")
{
    const auto folder = test::vectors("aws-endpoints");
    if (!folder)
        return;
    int cases = 0;
    for (const char* const service : {"sqs", "sts"}) {
        const auto file = test::read_json(*folder / (std::string(service) + ".json"));
        for (const auto& entry : file.as_object().at("testCases").as_array()) {
            const json::object& each = entry.as_object();
            const json::value* const given = each.if_contains("params");
            const json::object params = given == nullptr ? json::object() : given->as_object();
            // Nobody configures the global endpoint, nor its region: it is the one of the past.
            if (flag(params, "UseGlobalEndpoint") || text_or(params, "Region") == "aws-global")
                continue;
            ++cases;
            CAPTURE(service, text(each.at("documentation")));
            aws::endpoint_wish wish{.service = service, .region = text_or(params, "Region")};
            wish.fips = flag(params, "UseFIPS");
            wish.dual_stack = flag(params, "UseDualStack");
            if (params.contains("Endpoint"))
                wish.custom = text_or(params, "Endpoint");
            const json::object& expected = each.at("expect").as_object();
            const json::value* const endpoint = expected.if_contains("endpoint");
            CHECK(resolved(wish) ==
                  (endpoint == nullptr ? "error" : text(endpoint->as_object().at("url"))));
        }
    }
    WARN(cases << " published cases of endpoint rules");
    CHECK(cases > 48);
}

TEST_CASE("endpoint: every published case of an endpoint given by environment and profile")
{
    const auto folder = test::vectors("aws-endpoints");
    if (!folder)
        return;
    const auto file = test::read_json(*folder / "profile-tests.json");
    int cases = 0;
    for (const auto& entry : file.as_object().at("testSuites").as_array()) {
        const json::object& suite = entry.as_object();
        aws::profile_set set;
        for (const auto& [name, values] : suite.at("profiles").as_object())
            set.profiles[std::string(name)].values = strings_of(values);
        for (const auto& [name, services] : suite.at("services").as_object())
            for (const auto& [service, values] : services.as_object())
                set.services[std::string(name)].nested[std::string(service)] = strings_of(values);
        for (const auto& one : suite.at("endpointUrlTests").as_array()) {
            const json::object& each = one.as_object();
            ++cases;
            CAPTURE(text(each.at("name")));
            const json::object& client =
                suite.at("client_configs").at(text(each.at("client_config"))).as_object();
            variables set_variables =
                strings_of(suite.at("environments").at(text(each.at("environment"))));
            // Our configuration has no such switch; the variable does the same.
            if (flag(client, "ignore_configured_endpoint_urls"))
                set_variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
            const shared_config config(set, text(each.at("profile")));
            CHECK(aws::find_endpoint(text(each.at("service")), config.profile().value("region"),
                                     text_or(client, "endpoint_url"), environment(set_variables),
                                     config) == text(each.at("output").at("endpointUrl")));
        }
    }
    CHECK(cases >= 37);
}

TEST_CASE("endpoint: the rules, in short")
{
    CHECK(resolved({.service = "sqs", .region = "eu-west-1"}) ==
          "https://sqs.eu-west-1.amazonaws.com");
    CHECK(resolved({.service = "sqs", .region = "eu-west-1", .dual_stack = true}) ==
          "https://sqs.eu-west-1.api.aws");
    CHECK(resolved({.service = "sqs", .region = "us-east-1", .fips = true}) ==
          "https://sqs-fips.us-east-1.amazonaws.com");
    CHECK(resolved({.service = "sqs", .region = "us-gov-east-1", .fips = true}) ==
          "https://sqs.us-gov-east-1.amazonaws.com");
    CHECK(resolved({.service = "sqs", .region = "eusc-de-east-1"}) ==
          "https://sqs.eusc-de-east-1.amazonaws.eu");
    CHECK(resolved({.service = "sqs", .region = "", .custom = "http://h:1"}) == "http://h:1");
    CHECK(resolved({.service = "sqs", .region = "r", .custom = "http://h", .fips = true}) ==
          "error");
    CHECK(resolved({.service = "sqs", .region = "r", .custom = "http://h", .dual_stack = true}) ==
          "error");
    CHECK(resolved({.service = "sqs", .region = ""}) == "error");
    CHECK(resolved({.service = "sqs", .region = "evil.test/"}) == "error");
}

TEST_CASE("endpoint: switches come from the environment, then from the profile")
{
    const auto fips = profile({{"use_fips_endpoint", "true"}});
    const auto find = [](variables set, const shared_config& config) {
        return aws::find_endpoint("sqs", "us-east-1", "", environment(std::move(set)), config);
    };
    CHECK(find({}, fips) == "https://sqs-fips.us-east-1.amazonaws.com");
    CHECK(find({{"AWS_USE_FIPS_ENDPOINT", "false"}}, fips) ==
          "https://sqs.us-east-1.amazonaws.com");
    CHECK(find({{"AWS_USE_DUALSTACK_ENDPOINT", "true"}}, fips) ==
          "https://sqs-fips.us-east-1.api.aws");
    CHECK(find({}, profile({{"use_dualstack_endpoint", "true"}})) ==
          "https://sqs.us-east-1.api.aws");
    CHECK_THROWS_WITH(find({{"AWS_USE_FIPS_ENDPOINT", "1"}}, fips),
                      "AWS_USE_FIPS_ENDPOINT is \"1\"; set it to true or false");
    CHECK_THROWS_WITH(find({}, profile({{"use_fips_endpoint", "on"}})),
                      Contains("use_fips_endpoint of the AWS profile \"default\" is \"on\""));
    CHECK_THROWS_WITH(find({{"AWS_ENDPOINT_URL_SQS", "http://h"}}, fips),
                      Contains("FIPS and a custom endpoint exclude each other"));
}
