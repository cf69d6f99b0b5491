#include "aws/rds_token.hpp"

#include "aws/region.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
using aws::credentials;
using aws::rds_login;

namespace {

// 2025-11-20 12:00:00 UTC
constexpr wall_time noon{std::chrono::seconds{1763640000}};

} // namespace

TEST_CASE("rds token: it is what another implementation of the algorithm gives")
{
    const rds_login who{.host = "orders.cluster-c9akciq32.eu-west-1.rds.amazonaws.com",
                        .user = "sluice",
                        .region = "eu-west-1"};
    const credentials keys{.access_key_id = "AKIDEXAMPLE",
                           .secret_access_key = secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                           .session_token = {},
                           .expires_at = {}};
    CHECK(make_rds_token(who, keys, noon).reveal() ==
          R"(orders.cluster-c9akciq32.eu-west-1.rds.amazonaws.com:5432/?Action=connect&DBUs)"
          R"(er=sluice&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F2025)"
          R"(1120%2Feu-west-1%2Frds-db%2Faws4_request&X-Amz-Date=20251120T120000Z&X-Amz-Exp)"
          R"(ires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=cbb21d47935196b3f2bf35f875d0)"
          R"(7bd14124f4f756f531763832eda3c3d16a3e)");
}

TEST_CASE("rds token: a session token, and characters that a query escapes")
{
    const rds_login who{
        .host = "10.0.0.7", .port = 6432, .user = "o'ne user", .region = "us-east-1"};
    const credentials keys{.access_key_id = "ASIAEXAMPLE",
                           .secret_access_key = secret("secret"),
                           .session_token = secret("IQoJ/b3+JpZ2=="),
                           .expires_at = {}};
    CHECK(make_rds_token(who, keys, noon).reveal() ==
          R"(10.0.0.7:6432/?Action=connect&DBUser=o%27ne%20user&X-Amz-Algorithm=AWS4-HMAC-S)"
          R"(HA256&X-Amz-Credential=ASIAEXAMPLE%2F20251120%2Fus-east-1%2Frds-db%2Faws4_requ)"
          R"(est&X-Amz-Date=20251120T120000Z&X-Amz-Expires=900&X-Amz-Security-Token=IQoJ%2F)"
          R"(b3%2BJpZ2%3D%3D&X-Amz-SignedHeaders=host&X-Amz-Signature=54b0637fd825c34cee5a9)"
          R"(bb557a95006a64139c45a8524243e631966cf625518)");
}

TEST_CASE("rds token: the region stands in the host of a database")
{
    using aws::region_of_database_host;
    CHECK(region_of_database_host("orders.c9akciq32.eu-west-1.rds.amazonaws.com") == "eu-west-1");
    CHECK(region_of_database_host("orders.cluster-c9akciq32.eu-west-1.rds.amazonaws.com") ==
          "eu-west-1");
    CHECK(region_of_database_host("p.proxy-c9a.us-gov-west-1.rds.amazonaws.com") ==
          "us-gov-west-1");
    CHECK(region_of_database_host("orders.c9a.rds.cn-north-1.amazonaws.com.cn") == "cn-north-1");
    for (const char* const none :
         {"localhost", "10.0.0.7", "orders.example.com", "", "rds.amazonaws.com",
          "a.eu-west-1.rds.example.com", "sqs.eu-west-1.amazonaws.com"})
        CHECK_FALSE(region_of_database_host(none));
}
