#include "aws/identity/chain.hpp"

#include "aws/identity/static_keys.hpp"
#include "identity_rig.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using aws::environment;
using Catch::Matchers::Contains;
using test::identity_reply;
using test::identity_request;
using test::identity_rig;
using test::profiles;
using test::variables;

namespace {

const variables no_instance{{"AWS_EC2_METADATA_DISABLED", "true"}};

std::unique_ptr<aws::credentials_provider> find(identity_rig& rig, variables set,
                                                const aws::shared_config& config = profiles({}))
{
    set.try_emplace("AWS_ENDPOINT_URL_STS", "http://sts.test");
    return aws::find_credentials(environment(std::move(set)), config, {.region = "eu-west-1"},
                                 rig.around());
}

// An STS that gives out every role to everybody, under the name that comes last in its ARN.
identity_reply any_role(const identity_rig& rig, const identity_request& asked)
{
    const std::string action = asked.body.find("WebIdentityToken=") == std::string::npos
                                   ? "AssumeRole"
                                   : "AssumeRoleWithWebIdentity";
    const std::size_t arn = asked.body.find("role%2F") + 7;
    const std::string role = asked.body.substr(arn, asked.body.find('&', arn) - arn);
    return {.body = rig.sts_keys(action, role, 1h)};
}

std::string signer(const identity_request& asked)
{
    const auto field = asked.fields.find("Authorization");
    if (field == asked.fields.end())
        return {};
    const std::size_t from = field->second.find("Credential=") + 11;
    return field->second.substr(from, field->second.find('/') - from);
}

std::string arn(const std::string& role)
{
    return "arn:aws:iam::111122223333:role/" + role;
}

} // namespace

TEST_CASE("chain: keys of the environment come first, and there are no others")
{
    identity_rig rig;
    const auto provider = find(rig,
                               {{"AWS_ACCESS_KEY_ID", "AKIA"},
                                {"AWS_SECRET_ACCESS_KEY", "s"},
                                {"AWS_SESSION_TOKEN", "t"},
                                {"AWS_CREDENTIAL_EXPIRATION", "2026-01-15T10:30:00Z"},
                                {"AWS_ROLE_ARN", arn("web")},
                                {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}},
                               profiles({{"default", {{"aws_access_key_id", "P"}}}}));
    const auto found = rig.get(*provider);
    CHECK(found->access_key_id == "AKIA");
    CHECK(found->secret_access_key.reveal() == "s");
    CHECK(found->session_token.reveal() == "t");
    CHECK(provider->expires_at().has_value());
    provider->refuse(found);
    CHECK(rig.get(*provider) == found);
}

TEST_CASE("chain: the role of the pod goes before a profile that was left over")
{
    const test::scratch_file token("jwt");
    identity_rig rig;
    rig.answer = [&](const auto& asked) { return any_role(rig, asked); };
    const auto provider =
        find(rig, {{"AWS_ROLE_ARN", arn("web")}, {"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()}},
             profiles({{"default", {{"aws_access_key_id", "P"}, {"aws_secret_access_key", "p"}}}}));
    CHECK(rig.get(*provider)->access_key_id == "web");
    CHECK_THAT(rig.seen.front().body, Contains("RoleSessionName=sluice-1768435200"));
    CHECK_THROWS_WITH(find(rig, {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}),
                      "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not; set both");
}

TEST_CASE("chain: a place that fails is an error, and the next is not asked")
{
    identity_rig rig;
    const auto provider =
        find(rig, {{"AWS_ROLE_ARN", arn("web")}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token"}},
             profiles({{"default", {{"aws_access_key_id", "P"}, {"aws_secret_access_key", "p"}}}}));
    CHECK_THAT(rig.error_of(*provider), Contains("web identity") && Contains("/no/such/token"));
    CHECK(rig.seen.empty());
}

TEST_CASE("chain: keys of the profile, and an empty variable is none")
{
    identity_rig rig;
    const auto provider =
        find(rig, {{"AWS_ACCESS_KEY_ID", ""}, {"AWS_SECRET_ACCESS_KEY", ""}},
             profiles({{"default", {{"aws_access_key_id", "P"}, {"aws_secret_access_key", "p"}}}}));
    const auto found = rig.get(*provider);
    CHECK(found->access_key_id == "P");
    CHECK(found->secret_access_key.reveal() == "p");
    CHECK(found->session_token.empty());
    CHECK_FALSE(provider->expires_at().has_value());
}

TEST_CASE("chain: half a pair of keys is an error that names the other half")
{
    identity_rig rig;
    CHECK_THROWS_WITH(find(rig, {{"AWS_ACCESS_KEY_ID", "A"}}),
                      "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both");
    CHECK_THROWS_WITH(find(rig, {{"AWS_SECRET_ACCESS_KEY", "s"}}),
                      "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not; set both");
    CHECK_THROWS_WITH(find(rig, {}, profiles({{"dev", {{"aws_access_key_id", "A"}}}}, "dev")),
                      Contains("aws_secret_access_key of the AWS profile \"dev\" is not"));
}

TEST_CASE("chain: keys that would break a header are refused and not shown")
{
    for (const char* const bad :
         {"two words", "line\nbreak", "umlaut\xc3\xa4", "tab\t", "del\x7f"}) {
        for (const char* const name :
             {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
            variables set{{"AWS_ACCESS_KEY_ID", "A"},
                          {"AWS_SECRET_ACCESS_KEY", "s"},
                          {"AWS_SESSION_TOKEN", "t"}};
            set[name] = bad;
            CHECK_THROWS_WITH(aws::environment_credentials(environment(set)),
                              Contains(name) && !Contains(bad));
        }
    }
}

TEST_CASE("chain: a role of a profile is taken on by the keys of another, and so on")
{
    identity_rig rig;
    rig.answer = [&](const auto& asked) { return any_role(rig, asked); };
    const auto config =
        profiles({{"top",
                   {{"role_arn", arn("top")},
                    {"source_profile", "middle"},
                    {"external_id", "x y"},
                    {"duration_seconds", "900"},
                    {"role_session_name", "me"}}},
                  {"middle", {{"role_arn", arn("middle")}, {"source_profile", "base"}}},
                  {"base", {{"aws_access_key_id", "BASE"}, {"aws_secret_access_key", "p"}}}},
                 "top");
    const auto provider = find(rig, {}, config);
    CHECK(rig.get(*provider)->access_key_id == "top");
    REQUIRE(rig.seen.size() == 2);
    CHECK(signer(rig.seen[0]) == "BASE");
    CHECK_FALSE(rig.seen[0].fields.contains("X-Amz-Security-Token"));
    CHECK(signer(rig.seen[1]) == "middle");
    CHECK(rig.seen[1].fields["X-Amz-Security-Token"] == "token-middle");
    CHECK_THAT(rig.seen[1].fields["Authorization"],
               Contains("/eu-west-1/sts/aws4_request") &&
                   Contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token"));
    CHECK_THAT(rig.seen[1].body, Contains("Action=AssumeRole&") && Contains("RoleSessionName=me") &&
                                     Contains("ExternalId=x%20y") &&
                                     Contains("DurationSeconds=900"));
}

TEST_CASE("chain: the signature of AssumeRole is the one that STS computes")
{
    identity_rig rig;
    rig.answer = [&](const auto& asked) { return any_role(rig, asked); };
    const auto config = profiles({{"default",
                                   {{"role_arn", arn("self")},
                                    {"source_profile", "default"},
                                    {"aws_access_key_id", "BASE"},
                                    {"aws_secret_access_key", "p"}}}});
    const auto provider = find(rig, {}, config);
    CHECK(rig.get(*provider)->access_key_id == "self"); // it may name itself: it has keys
    const identity_request& asked = rig.seen.at(0);
    const std::string date = asked.fields.find("X-Amz-Date")->second;
    const aws::signing_scope scope{"eu-west-1", "sts"};
    const aws::signable_request shape{
        .fields = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
                   {"host", "sts.test"},
                   {"x-amz-date", date}},
        .body = asked.body};
    const aws::signing_key key(secret("p"), date, scope);
    CHECK_THAT(asked.fields.find("Authorization")->second,
               Contains("Signature=" +
                        key.sign(aws::string_to_sign(date, scope, aws::canonical_request(shape)))));
}

TEST_CASE("chain: a wrong clock is put right by the answer of STS")
{
    identity_rig rig;
    asio::ip::tcp::acceptor acceptor(rig.io, {asio::ip::address_v4::loopback(), 0});
    auto around = rig.around();
    around.resolve = [&acceptor](const std::string&, std::uint16_t,
                                 steady_time) -> awaitable<net::addresses> {
        co_return net::addresses{acceptor.local_endpoint()};
    };
    // An STS whose clock is nine and a half hours ahead of ours.
    std::vector<std::string> requests;
    rig.start([&]() -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            auto socket = co_await acceptor.async_accept(asio::use_awaitable);
            test::raw_peer peer(std::move(socket));
            const std::string asked = co_await peer.read_message();
            requests.push_back(asked);
            const std::string body = i == 0 ? test::sts_error("SignatureDoesNotMatch")
                                            : rig.sts_keys("AssumeRole", "r", 20h);
            co_await peer.send(
                fmt::format("HTTP/1.1 {} X\r\nDate: Thu, 15 Jan 2026 09:30:00 GMT\r\n"
                            "Content-Length: {}\r\n\r\n{}",
                            i == 0 ? 403 : 200, body.size(), body));
        }
    });
    const auto provider =
        aws::find_credentials(environment(variables{{"AWS_ENDPOINT_URL_STS", "http://sts.test"}}),
                              profiles({{"default",
                                         {{"role_arn", arn("r")},
                                          {"source_profile", "default"},
                                          {"aws_access_key_id", "BASE"},
                                          {"aws_secret_access_key", "p"}}}}),
                              {.region = "eu-west-1"}, around);
    CHECK(rig.get(*provider)->access_key_id == "r");
    REQUIRE(requests.size() == 2);
    CHECK_THAT(requests[0], Contains("X-Amz-Date: 20260115T0000"));
    CHECK_THAT(requests[1],
               Contains("X-Amz-Date: 20260115T0930") || Contains("X-Amz-Date: 20260115T0929"));
}

TEST_CASE("chain: refused keys of a source are replaced once by others")
{
    identity_rig rig;
    int given = 0;
    rig.answer = [&](const identity_request& asked) {
        if (asked.line.starts_with("GET"))
            return identity_reply{.body = rig.json_keys("C" + std::to_string(++given), 6h)};
        return signer(asked) == "C1"
                   ? identity_reply{.status = 403, .body = test::sts_error("ExpiredToken")}
                   : any_role(rig, asked);
    };
    const auto provider = find(
        rig, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/x"}},
        profiles({{"default", {{"role_arn", arn("r")}, {"credential_source", "EcsContainer"}}}}));
    CHECK_THAT(rig.error_of(*provider), Contains("ExpiredToken")); // they are a second old
    rig.pass(1min);
    CHECK(rig.get(*provider)->access_key_id == "r");
    CHECK(given == 2);
}

TEST_CASE("chain: a role takes its source from environment, container or instance")
{
    identity_rig rig;
    rig.answer = [&](const identity_request& asked) {
        if (asked.line.starts_with("PUT"))
            return identity_reply{.body = "token"};
        if (asked.line.ends_with("security-credentials/"))
            return identity_reply{.body = "node"};
        if (asked.line.starts_with("GET"))
            return identity_reply{.body = rig.json_keys(asked.host, 6h)};
        return any_role(rig, asked);
    };
    const auto from = [](const char* place) {
        return profiles({{"p", {{"role_arn", arn("r")}, {"credential_source", place}}}}, "p");
    };
    const auto last_signer = [&](variables set, const char* place) {
        const auto provider = find(rig, std::move(set), from(place));
        CHECK(rig.get(*provider)->access_key_id == "r");
        return signer(rig.seen.back());
    };
    CHECK(last_signer({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}, "EcsContainer") ==
          "169.254.170.2");
    CHECK(last_signer({}, "Ec2InstanceMetadata") == "169.254.169.254");
    CHECK_THROWS_WITH(find(rig, {}, from("Environment")), Contains("AWS_ACCESS_KEY_ID is not set"));
    CHECK_THROWS_WITH(find(rig, {}, from("EcsContainer")), Contains("from the container"));
    CHECK_THROWS_WITH(find(rig, no_instance, from("Ec2InstanceMetadata")),
                      Contains("AWS_EC2_METADATA_DISABLED"));
    CHECK_THROWS_WITH(find(rig, {}, from("Moon")), Contains("credential_source Moon"));
}

TEST_CASE("chain: a profile that cannot work says why")
{
    identity_rig rig;
    const auto text = [&rig](std::map<std::string, aws::properties> all) {
        try {
            (void)find(rig, {}, profiles(std::move(all), "a"));
        } catch (const aws::settings_error& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    CHECK_THAT(text({{"a", {{"role_arn", "r"}}}}), Contains("needs exactly one of"));
    CHECK_THAT(
        text({{"a", {{"role_arn", "r"}, {"source_profile", "b"}, {"credential_source", "x"}}}}),
        Contains("needs exactly one of"));
    CHECK_THAT(text({{"a", {{"role_arn", "r"}, {"source_profile", "b"}}}}),
               Contains("source_profile \"b\"") && Contains("neither keys"));
    CHECK_THAT(text({{"a", {{"role_arn", "r"}, {"source_profile", "a"}}}}),
               Contains("source_profile \"a\"") && Contains("neither keys"));
    CHECK_THAT(text({{"a", {{"role_arn", "r"}, {"source_profile", "b"}}},
                     {"b", {{"role_arn", "r"}, {"source_profile", "c"}}},
                     {"c", {{"role_arn", "r"}, {"source_profile", "a"}}}}),
               Contains("in a circle: a -> b -> c -> a"));
    CHECK_THAT(text({{"a", {{"role_arn", "r"}, {"source_profile", "b"}, {"mfa_serial", "m"}}}}),
               Contains("mfa_serial"));
    CHECK_THAT(text({{"a", {{"web_identity_token_file", "t"}}}}), Contains("no role_arn"));
    for (const char* const key : {"sso_session", "sso_start_url"})
        CHECK_THAT(text({{"a", {{key, "x"}, {"aws_access_key_id", "A"}}}}), Contains(key));
}

TEST_CASE("chain: a profile may have a token file or a program")
{
    const test::scratch_file token("jwt");
    identity_rig rig;
    rig.answer = [&](const auto& asked) { return any_role(rig, asked); };
    const auto web =
        find(rig, {},
             profiles({{"default",
                        {{"role_arn", arn("web")}, {"web_identity_token_file", token.path()}}}}));
    CHECK(rig.get(*web)->access_key_id == "web");
    const auto program =
        find(rig, {}, profiles({{"default", {{"credential_process", "/no/such/program"}}}}));
    CHECK_THAT(rig.error_of(*program), Contains("credential_process") && Contains("cannot start"));
}

TEST_CASE("chain: the container's role, and never the instance's instead")
{
    identity_rig rig([](const auto&) { return identity_reply{.status = 404}; });
    const auto provider = find(rig, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}});
    CHECK_THAT(rig.error_of(*provider), Contains("container") && Contains("answered 404"));
    CHECK(rig.looked_up == std::vector<std::string>{"169.254.170.2"});
}

TEST_CASE("chain: where nobody has anything, the error says who was asked and why not")
{
    identity_rig rig([](const auto&) { return identity_reply{.status = 404}; });
    const auto names_all_others = [](const std::string& text) {
        for (const char* const place :
             {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "the AWS profile \"default\"",
              "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"})
            CHECK_THAT(text, Contains(place));
    };
    const auto provider = find(rig, {});
    const std::string unanswered = rig.error_of(*provider);
    names_all_others(unanswered);
    CHECK_THAT(unanswered, Contains("answered 404 to the request for an IMDSv2 token"));
    std::string switched_off;
    try {
        (void)find(rig, no_instance);
    } catch (const aws::settings_error& error) {
        switched_off = error.what();
    }
    names_all_others(switched_off);
    CHECK_THAT(switched_off, Contains("AWS_EC2_METADATA_DISABLED"));
}

TEST_CASE("chain: the instance's keys are used beyond their date while it is down")
{
    identity_rig rig;
    bool down = false;
    rig.answer = [&](const identity_request& asked) {
        if (down)
            return identity_reply{.status = 500};
        if (asked.line.starts_with("PUT"))
            return identity_reply{.body = "token"};
        if (asked.line.ends_with("security-credentials/"))
            return identity_reply{.body = "node"};
        return identity_reply{.body = rig.json_keys("NODE", 6h)};
    };
    const auto provider = find(rig, {});
    const auto first = rig.get(*provider);
    CHECK(first->access_key_id == "NODE");
    down = true;
    rig.pass(7h);
    CHECK(rig.get(*provider) == first);
    down = false;
    rig.pass(2min);
    CHECK(rig.get(*provider) != first);
}
