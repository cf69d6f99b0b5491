#include "aws/client_settings.hpp"

#include "../net/loop.hpp"
#include "aws/settings_error.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using Catch::Matchers::Contains;

namespace {

using variables = std::map<std::string, std::string, std::less<>>;

const std::string aws_queue = "https://sqs.eu-west-1.amazonaws.com/111122223333/q";
const std::string local_queue = "http://127.0.0.1:9324/000000000000/q";

aws::client_settings load(const aws::client_wish& wish, variables set = {},
                          aws::properties profile = {})
{
    aws::profile_set files;
    files.profiles["default"].values = std::move(profile);
    set.try_emplace("AWS_ACCESS_KEY_ID", "AKIA");
    set.try_emplace("AWS_SECRET_ACCESS_KEY", "s");
    static test::loop where; // nothing runs in it: keys of the environment ask nobody
    static seeded_random random(1);
    return aws::load_client_settings(
        wish, aws::environment(std::move(set)), {std::move(files), "default"},
        {.executor = where.executor(), .time = where.time, .random = random});
}

} // namespace

TEST_CASE("client_settings: the URL of an AWS queue is all that is needed")
{
    const auto found = load({.queue_url = aws_queue});
    CHECK(found.region == "eu-west-1");
    CHECK(found.endpoint.encrypted);
    CHECK(found.endpoint.host == "sqs.eu-west-1.amazonaws.com");
    CHECK(found.attempts_max == 3);
    CHECK(found.authorities_file.empty());
    CHECK(found.credentials != nullptr);
    CHECK(found.warnings.empty());
}

TEST_CASE("client_settings: a queue URL that is none of AWS's names its server")
{
    const auto found = load({.queue_url = local_queue, .region = "eu-west-1"});
    CHECK_FALSE(found.endpoint.encrypted);
    CHECK(found.endpoint.authority() == "127.0.0.1:9324");
    CHECK(found.warnings.empty());
    CHECK_THROWS_WITH(load({.queue_url = local_queue}), Contains("no region"));
}

TEST_CASE("client_settings: the instance is asked for the region when nobody else knows it")
{
    int asked = 0;
    const aws::client_wish wish{.queue_url = local_queue, .ask_instance = [&asked] {
                                    ++asked;
                                    return std::optional<std::string>("eu-north-1");
                                }};
    CHECK(load(wish).region == "eu-north-1");
    CHECK(asked == 1);
    CHECK(load(wish, {{"AWS_REGION", "eu-west-1"}}).region == "eu-west-1");
    CHECK(load(wish, {}, {{"region", "eu-west-2"}}).region == "eu-west-2");
    CHECK(asked == 1);
}

TEST_CASE("client_settings: a configured endpoint goes before the queue URL")
{
    CHECK(load({.queue_url = aws_queue, .endpoint = "https://vpce.test"}).endpoint.host ==
          "vpce.test");
    const auto by_variable = load({.queue_url = local_queue, .region = "eu-west-1"},
                                  {{"AWS_ENDPOINT_URL_SQS", "http://localhost:4566"}});
    CHECK(by_variable.endpoint.authority() == "localhost:4566");
}

TEST_CASE("client_settings: the trusted certificates come from the environment or the profile")
{
    const aws::client_wish wish{.queue_url = aws_queue};
    CHECK(load(wish, {}, {{"ca_bundle", "/p"}}).authorities_file == "/p");
    CHECK(load(wish, {{"AWS_CA_BUNDLE", "/e"}}, {{"ca_bundle", "/p"}}).authorities_file == "/e");
}

TEST_CASE("client_settings: what is probably not meant is a warning")
{
    const auto in_the_clear = load({.queue_url = aws_queue, .endpoint = "http://sqs.test"});
    REQUIRE(in_the_clear.warnings.size() == 1);
    CHECK_THAT(in_the_clear.warnings.front(), Contains("sqs.test:80 go in the clear"));
    const auto elsewhere = load({.queue_url = aws_queue, .region = "eu-north-1"});
    REQUIRE(elsewhere.warnings.size() == 1);
    CHECK_THAT(elsewhere.warnings.front(), Contains("in eu-west-1") && Contains("eu-north-1"));
    for (const char* const own : {"http://localhost:1", "http://127.0.0.2:1", "http://[::1]:1"})
        CHECK(load({.queue_url = aws_queue, .endpoint = own}).warnings.empty());
}

TEST_CASE("client_settings: an endpoint that is no URL is an error")
{
    for (const char* const bad : {"sqs.test", "ftp://sqs.test", "http://"})
        CHECK_THROWS_WITH(load({.queue_url = aws_queue, .endpoint = bad}),
                          Contains(bad) && Contains("is no http or https URL"));
}
