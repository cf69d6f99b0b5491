#include "aws/identity/web_identity.hpp"

#include "identity_rig.hpp"
#include "support/tls/certificates.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::identity_reply;
using test::identity_rig;

namespace {

const std::string action = "AssumeRoleWithWebIdentity";

struct pod : identity_rig
{
    test::scratch_file token{"eyJ.first+/="};
    aws::web_identity source{
        aws::sts(http(), time,
                 {{.encrypted = false, .host = "sts.test", .port = 80, .path = "/"}, "eu-west-1"}),
        {.role_arn = "arn:aws:iam::111122223333:role/q", .session_name = "pod"},
        token.path()};
    std::vector<identity_reply> replies; // one after another, the last for ever

    pod()
    {
        answer = [this](const auto&) {
            return replies.at(std::min(seen.size(), replies.size()) - 1);
        };
    }
    [[nodiscard]] identity_reply good() const { return {.body = sts_keys(action, "ASIA", 1h)}; }
};

} // namespace

TEST_CASE("web_identity: the role is taken on with the token of the file, unsigned")
{
    pod rig;
    rig.replies = {rig.good()};
    const auto keys = rig.fetch(rig.source);
    CHECK(keys.access_key_id == "ASIA");
    CHECK(keys.secret_access_key.reveal() == "secret-ASIA");
    CHECK(keys.session_token.reveal() == "token-ASIA");
    CHECK(keys.expires_at == rig.time.wall_now() + 1h);
    REQUIRE(rig.seen.size() == 1);
    CHECK(rig.seen[0].line == "POST /");
    CHECK(rig.seen[0].fields["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8");
    CHECK_FALSE(rig.seen[0].fields.contains("Authorization"));
    CHECK(rig.seen[0].body ==
          "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
          "&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fq&RoleSessionName=pod"
          "&WebIdentityToken=eyJ.first%2B%2F%3D");
    rig.token.write("second\n");
    rig.fetch(rig.source);
    CHECK_THAT(rig.seen[1].body, Contains("WebIdentityToken=second"));
}

TEST_CASE("web_identity: a token that was replaced meanwhile is read once more")
{
    for (const char* const code : {"ExpiredTokenException", "InvalidIdentityToken"}) {
        pod rig;
        rig.replies = {{.status = 400, .body = test::sts_error(code)}, rig.good()};
        CHECK(rig.fetch(rig.source).access_key_id == "ASIA");
        CHECK(rig.seen.size() == 2);
        rig.seen.clear();
        rig.replies.pop_back();
        CHECK_THAT(rig.error_of(rig.source), Contains(code) && Contains("why not"));
        CHECK(rig.seen.size() == 2);
    }
}

TEST_CASE("web_identity: what passes is asked again, what does not is said")
{
    pod rig;
    SECTION("passes")
    {
        rig.replies = {{.status = 400, .body = test::sts_error("IDPCommunicationError")},
                       {.status = 500, .body = "<html>"},
                       rig.good()};
        CHECK(rig.fetch(rig.source).access_key_id == "ASIA");
        CHECK(rig.seen.size() == 3);
    }
    SECTION("does not")
    {
        for (const char* const code : {"AccessDenied", "IDPRejectedClaim", "ValidationError"}) {
            rig.seen.clear();
            rig.replies = {{.status = 403, .body = test::sts_error(code, "no & no")}};
            rig.replies[0].body = test::sts_error(code, "no &amp; no");
            CHECK_THAT(rig.error_of(rig.source),
                       Contains(code) && Contains("no & no") && !Contains("eyJ"));
            CHECK(rig.seen.size() == 1);
        }
    }
    SECTION("is silent")
    {
        rig.replies = {{.never = true}};
        CHECK_THAT(rig.error_of(rig.source), Contains("sts.test") && Contains("no answer in time"));
        CHECK(rig.seen.size() == 3);
    }
}

TEST_CASE("web_identity: the token goes to nobody but STS")
{
    const auto authority =
        test::make_self_signed({.common_name = "Test Authority", .authority = true});
    test::pem_folder folder;
    const std::string trusted = folder.write_certificate(authority);
    const auto asked_by = [&](const std::string& names, const std::string& authorities_file) {
        const auto leaf = test::issue({.alternative_names = names}, authority);
        identity_rig rig(
            {}, {.tls = net::make_tls_server({.certificate_chain = folder.write_certificate(leaf),
                                              .private_key = folder.write_key(leaf)})});
        rig.answer = [&](const auto&) {
            return identity_reply{.body = rig.sts_keys(action, "A", 1h)};
        };
        const test::scratch_file token("eyJ");
        const auto provider = aws::find_credentials(
            aws::environment(test::variables{{"AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/q"},
                                             {"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()}}),
            test::profiles({}), {.region = "eu-west-1", .authorities_file = authorities_file},
            rig.around());
        const std::string error = rig.error_of(*provider);
        for (const std::string& host : rig.looked_up)
            CHECK(host == "sts.eu-west-1.amazonaws.com");
        return error == "no error" ? std::to_string(rig.seen.size()) : error;
    };
    CHECK(asked_by("DNS:sts.eu-west-1.amazonaws.com", trusted) == "1");
    CHECK_THAT(asked_by("DNS:sts.eu-west-1.amazonaws.com", {}), Contains("no trusted TLS"));
    CHECK_THAT(asked_by("DNS:sts.test", trusted), Contains("hostname mismatch"));
    CHECK_THAT(asked_by("DNS:sts.eu-west-1.amazonaws.com", "/no/such/file"),
               Contains("/no/such/file"));
}

TEST_CASE("web_identity: bad answers are errors that show nothing")
{
    pod rig;
    const std::string good = rig.good().body;
    const auto without = [&good](const std::string& name) {
        const std::size_t from = good.find("<" + name + ">");
        const std::size_t to = good.find("</" + name + ">") + name.size() + 3;
        return good.substr(0, from) + good.substr(to);
    };
    for (const auto& [body, said] : std::vector<std::pair<std::string, std::string>>{
             {"", "no Credentials"},
             {"<html><body>Please log in</body></html>", "no Credentials"},
             {"not even <this", "no Credentials"},
             {R"({"AccessKeyId":"A"})", "no Credentials"},
             {good.substr(0, good.size() / 2), "no Credentials"},
             {test::sts_error("AccessDenied"), "no Credentials"},
             {without("AccessKeyId"), "no AccessKeyId"},
             {without("SecretAccessKey"), "no SecretAccessKey"},
             {without("SessionToken"), "no SessionToken"},
             {without("Expiration"), "no Expiration"},
             {without("Credentials"), "no Credentials"}}) {
        CAPTURE(body);
        rig.replies = {{.body = body}};
        CHECK_THAT(rig.error_of(rig.source), Contains(said) && !Contains("ASIA"));
    }
    rig.replies = {{.status = 302, .body = "<html>"}};
    CHECK_THAT(rig.error_of(rig.source), Contains("answered 302"));
}
