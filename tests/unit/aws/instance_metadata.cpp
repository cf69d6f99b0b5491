#include "aws/identity/instance_metadata.hpp"

#include "identity_rig.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using aws::environment;
using aws::instance_metadata;
using Catch::Matchers::Contains;
using test::identity_reply;
using test::identity_request;
using test::identity_rig;
using test::profiles;
using test::variables;

namespace {

const std::string roles = "/latest/meta-data/iam/security-credentials/";

// An instance with a role, whose session tokens are good until the test ends them.
struct instance : identity_rig
{
    int tokens = 0;
    identity_reply for_token{};
    identity_reply for_list{.body = "reader\n"};
    std::optional<identity_reply> for_keys;

    instance()
    {
        answer = [this](const identity_request& asked) { return reply(asked); };
    }

    identity_reply reply(const identity_request& asked)
    {
        if (asked.line == "PUT /latest/api/token") {
            CHECK(asked.fields.find("x-aws-ec2-metadata-token-ttl-seconds")->second == "21600");
            if (for_token.status != 200 || for_token.never || !for_token.body.empty())
                return for_token;
            return {.body = "token" + std::to_string(++tokens)};
        }
        const auto token = asked.fields.find("x-aws-ec2-metadata-token");
        if (token == asked.fields.end() || token->second != "token" + std::to_string(tokens))
            return {.status = 401};
        if (asked.line == "GET " + roles)
            return for_list;
        if (asked.line == "GET " + roles + "reader")
            return for_keys.value_or(identity_reply{.body = json_keys("ASIA", 6h)});
        return {.status = 404};
    }

    aws::instance_credentials source(variables set = {})
    {
        return aws::instance_credentials(
            *instance_metadata::find(environment(std::move(set)), profiles({}), http()));
    }
};

} // namespace

TEST_CASE("instance_metadata: a token, the name of the role, its keys")
{
    instance rig;
    auto source = rig.source();
    CHECK(rig.fetch(source).access_key_id == "ASIA");
    CHECK(rig.seen.size() == 3);
    CHECK(rig.looked_up.front() == "169.254.169.254");
    CHECK(source.outlives_expiry());
    SECTION("a token that has run out is replaced")
    {
        rig.tokens = 5;
        CHECK(rig.fetch(source).access_key_id == "ASIA");
        CHECK(rig.tokens == 6);
    }
}

TEST_CASE("instance_metadata: never the first version, whatever the second says")
{
    for (const unsigned status : {400U, 403U, 404U, 405U, 500U}) {
        instance rig;
        rig.for_token = {.status = status};
        auto source = rig.source();
        CHECK_THAT(rig.error_of(source),
                   Contains("IMDSv2 token") && Contains(std::to_string(status)));
        for (const identity_request& each : rig.seen)
            CHECK(each.line == "PUT /latest/api/token");
    }
}

TEST_CASE("instance_metadata: silence ends soon, and the error knows about hops")
{
    instance rig;
    rig.for_token.never = true;
    auto source = rig.source();
    const steady_time before = rig.time.now();
    CHECK_THAT(rig.error_of(source), Contains("no answer in time") && Contains("hop limit"));
    CHECK(rig.time.now() - before < 5s);
}

TEST_CASE("instance_metadata: an instance without a role says so")
{
    instance rig;
    rig.for_list = {.status = 404};
    auto source = rig.source();
    CHECK_THAT(rig.error_of(source), Contains("has no role"));
    rig.for_list = {.body = "\n"};
    CHECK_THAT(rig.error_of(source), Contains("has no role"));
    rig.for_list = {.body = "<html>"};
    CHECK_THAT(rig.error_of(source), Contains("no name of a role"));
}

TEST_CASE("instance_metadata: bad answers are errors")
{
    for (const test::bad_answer& bad : test::bad_json_answers()) {
        instance rig;
        rig.for_keys = bad.reply;
        auto source = rig.source();
        CAPTURE(bad.reply.status, bad.reply.body);
        CHECK_THAT(rig.error_of(source), Contains(bad.said));
    }
    instance rig;
    rig.for_token.body = "<html> <body>";
    auto source = rig.source();
    CHECK_THAT(rig.error_of(source), Contains("token that is none"));
}

TEST_CASE("instance_metadata: it can be switched off and be elsewhere")
{
    instance rig;
    CHECK_FALSE(
        instance_metadata::find(environment(variables{{"AWS_EC2_METADATA_DISABLED", "TRUE"}}),
                                profiles({}), rig.http())
            .has_value());
    auto by_v6 = rig.source({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}});
    rig.fetch(by_v6);
    CHECK(rig.looked_up.back() == "fd00:ec2::254");
    auto elsewhere = rig.source({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://imds.test:81/"}});
    rig.fetch(elsewhere);
    CHECK(rig.looked_up.back() == "imds.test");
    CHECK_THROWS_WITH(rig.source({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "imds"}}),
                      Contains("AWS_EC2_METADATA_SERVICE_ENDPOINT is \"imds\""));
}
