#include "aws/identity/container_credentials.hpp"

#include "identity_rig.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using aws::container_credentials;
using aws::environment;
using Catch::Matchers::Contains;
using test::identity_reply;
using test::identity_rig;
using test::variables;

TEST_CASE("container_credentials: the agent of ECS is asked by its fixed address")
{
    identity_rig rig;
    rig.answer = [&](const auto&) { return identity_reply{.body = rig.json_keys("ASIA", 1h)}; };
    const auto source = container_credentials::find(
        environment(variables{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x"},
                              {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/other"}}),
        rig.http());
    REQUIRE(source);
    const auto keys = rig.fetch(*source);
    CHECK(keys.access_key_id == "ASIA");
    CHECK(keys.secret_access_key.reveal() == "secret-ASIA");
    CHECK(keys.session_token.reveal() == "token-ASIA");
    CHECK(keys.expires_at.has_value());
    CHECK(rig.looked_up == std::vector<std::string>{"169.254.170.2"});
    CHECK(rig.seen.front().line == "GET /v2/credentials/x");
    CHECK_FALSE(rig.seen.front().fields.contains("Authorization"));
    CHECK(source->outlives_expiry());
}

TEST_CASE("container_credentials: the token of EKS is read from its file each time")
{
    identity_rig rig;
    rig.answer = [&](const auto&) { return identity_reply{.body = rig.json_keys("ASIA", 1h)}; };
    const test::scratch_file token("first\n");
    const auto source = container_credentials::find(
        environment(variables{
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"},
            {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "not this one"},
            {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.path()}}),
        rig.http());
    rig.fetch(*source);
    token.write("second");
    rig.fetch(*source);
    REQUIRE(rig.seen.size() == 2);
    CHECK(rig.seen[0].fields["Authorization"] == "first");
    CHECK(rig.seen[1].fields["Authorization"] == "second");
    token.write("two\r\nlines");
    CHECK_THAT(rig.error_of(*source), Contains("holds no token") && !Contains("lines"));
    token.write("");
    CHECK_THAT(rig.error_of(*source), Contains("is empty"));
    std::filesystem::remove(token.path());
    CHECK_THAT(rig.error_of(*source), Contains(token.path()) && Contains("cannot be read"));
    CHECK(rig.seen.size() == 2);
}

TEST_CASE("container_credentials: only this host is asked in the clear")
{
    identity_rig rig;
    const auto find = [&rig](const std::string& uri) {
        return container_credentials::find(
            environment(variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", uri}}), rig.http());
    };
    for (const char* const good :
         {"http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]/x", "http://127.9.9.9/",
          "http://169.254.170.2/x", "http://169.254.170.23/x", "http://[fd00:ec2::23]/x",
          "https://anywhere.test/x"}) {
        CAPTURE(good);
        CHECK(find(good) != nullptr);
    }
    for (const char* const bad :
         {"http://169.254.170.3/x", "http://evil.test/x", "http://10.0.0.1/x",
          "http://[fd00:ec2::24]/x", "http://169.254.169.254/x"}) {
        CAPTURE(bad);
        CHECK_THROWS_WITH(find(bad), Contains("AWS_CONTAINER_CREDENTIALS_FULL_URI") &&
                                         Contains("no request in the clear"));
    }
    for (const char* const none : {"ftp://x", "http://127.0.0.1.evil.test/x"})
        CHECK_THROWS_WITH(find(none), Contains("does not make a URL"));
    CHECK_THROWS_WITH(
        container_credentials::find(
            environment(variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/"},
                                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\nb"}}),
            rig.http()),
        Contains("AWS_CONTAINER_AUTHORIZATION_TOKEN has a line break"));
    CHECK(container_credentials::find(environment(variables{}), rig.http()) == nullptr);
}

TEST_CASE("container_credentials: bad answers are errors that show nothing")
{
    for (const test::bad_answer& bad : test::bad_json_answers()) {
        identity_rig rig([&bad](const auto&) { return bad.reply; });
        const auto source = container_credentials::find(
            environment(variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/x"},
                                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "hush"}}),
            rig.http());
        CAPTURE(bad.reply.status, bad.reply.body);
        CHECK_THAT(rig.error_of(*source), Contains(bad.said) && !Contains("hush"));
        CHECK(rig.seen.front().fields["Authorization"] == "hush");
    }
}

TEST_CASE("container_credentials: an agent in trouble is asked three times, a silent one too")
{
    identity_rig rig;
    const auto source = container_credentials::find(
        environment(variables{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}), rig.http());
    SECTION("the third answer is good")
    {
        rig.answer = [&](const auto&) {
            return rig.seen.size() < 3 ? identity_reply{.status = 503}
                                       : identity_reply{.body = rig.json_keys("A", 1h)};
        };
        CHECK(rig.fetch(*source).access_key_id == "A");
    }
    SECTION("no answer in time")
    {
        rig.answer = [](const auto&) { return identity_reply{.never = true}; };
        const steady_time before = rig.time.now();
        CHECK_THAT(rig.error_of(*source), Contains("no answer in time"));
        CHECK(rig.seen.size() == 3);
        CHECK(rig.time.now() - before < 12s);
    }
}
