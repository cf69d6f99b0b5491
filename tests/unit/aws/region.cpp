#include "aws/region.hpp"

#include "aws/partition.hpp"
#include "aws/settings_error.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using aws::environment;
using aws::shared_config;
using Catch::Matchers::Contains;

namespace {

using variables = std::map<std::string, std::string, std::less<>>;

shared_config profile(aws::properties values)
{
    aws::profile_set set;
    set.profiles["default"].values = std::move(values);
    return {std::move(set), "default"};
}

} // namespace

TEST_CASE("region: every shape of a queue URL says its region")
{
    struct url_case
    {
        const char* url;
        const char* region;
    };
    for (const url_case& each :
         {url_case{"https://sqs.eu-west-1.amazonaws.com/111122223333/q", "eu-west-1"},
          url_case{"https://sqs-fips.us-east-1.amazonaws.com/1/q", "us-east-1"},
          url_case{"https://sqs.us-east-1.api.aws/1/q", "us-east-1"},
          url_case{"https://sqs.cn-north-1.amazonaws.com.cn/1/q", "cn-north-1"},
          url_case{"https://sqs.us-gov-west-1.amazonaws.com/1/q", "us-gov-west-1"},
          url_case{"https://sqs.us-iso-east-1.c2s.ic.gov/1/q", "us-iso-east-1"},
          url_case{"https://eu-west-1.queue.amazonaws.com/1/q", "eu-west-1"},
          url_case{"https://queue.amazonaws.com/1/q", "us-east-1"},
          url_case{"https://SQS.EU-West-1.amazonaws.com/1/q", "eu-west-1"}}) {
        CAPTURE(each.url);
        CHECK(aws::region_of_queue_url(each.url) == std::string(each.region));
    }
}

TEST_CASE("region: a host that is not of AWS, or no URL, says nothing")
{
    for (const char* const url :
         {"http://127.0.0.1:9324/000000000000/q", "http://sqs.eu-west-1.localhost:4566/0/q",
          "https://sqs.eu-west-1.amazonaws.com.evil.test/1/q", "q", "", "https://amazonaws.com/1/q",
          "https://sqs.amazonaws.com/1/q", "https://s3.eu-west-1.amazonaws.com/1/q",
          "https://sqs.eu_west_1.amazonaws.com/1/q", "https://sqs.api.aws/1/q",
          "https://sqs.eu-west-1.myamazonaws.com/1/q"}) {
        CAPTURE(url);
        CHECK_FALSE(aws::region_of_queue_url(url).has_value());
    }
}

TEST_CASE("region: the order is configuration, queue URL, environment, profile")
{
    const std::string url = "https://sqs.eu-west-1.amazonaws.com/1/q";
    const std::string elsewhere = "http://127.0.0.1:9324/1/q";
    const environment both(
        variables{{"AWS_REGION", "from-env-1"}, {"AWS_DEFAULT_REGION", "from-env-2"}});
    const environment second(variables{{"AWS_DEFAULT_REGION", "from-env-2"}});
    const environment nothing{variables{}};
    const auto config = profile({{"region", "from-profile-1"}});
    CHECK(aws::choose_region("own-1", url, both, config) == "own-1");
    CHECK(aws::choose_region("", url, both, config) == "eu-west-1");
    CHECK(aws::choose_region("", elsewhere, both, config) == "from-env-1");
    CHECK(aws::choose_region("", elsewhere, second, config) == "from-env-2");
    CHECK(aws::choose_region("", elsewhere, nothing, config) == "from-profile-1");
}

TEST_CASE("region: nobody knows it, or it can be none")
{
    const environment nothing{variables{}};
    CHECK_THROWS_WITH(aws::choose_region("", "http://127.0.0.1/q", nothing, profile({})),
                      Contains("no region") && Contains("set `region`"));
    for (const char* const bad :
         {"eu west 1", "EU-WEST-1", "eu.west", "-eu", "eu-", "a@b",
          "0123456789012345678901234567890123456789012345678901234567890123"}) {
        CAPTURE(bad);
        CHECK_THROWS_WITH(aws::choose_region(bad, "", nothing, profile({})),
                          Contains("is no AWS region"));
    }
}

TEST_CASE("partition: a region belongs to the partition of its prefix")
{
    CHECK(aws::partition_of("eu-west-1").suffix == "amazonaws.com");
    CHECK(aws::partition_of("fake-region-10").suffix == "amazonaws.com");
    CHECK(aws::partition_of("us-gov-east-1").dual_stack_suffix == "api.aws");
    CHECK(aws::partition_of("cn-north-1").suffix == "amazonaws.com.cn");
    CHECK(aws::partition_of("eusc-de-east-1").suffix == "amazonaws.eu");
    CHECK(aws::partition_of("us-iso-east-1").suffix == "c2s.ic.gov");
    CHECK(aws::partition_of("us-isob-east-1").suffix == "sc2s.sgov.gov");
    CHECK(aws::partition_of("us-isof-south-1").suffix == "csp.hci.ic.gov");
    CHECK(aws::partition_of("eu-isoe-west-1").suffix == "cloud.adc-e.uk");
}
