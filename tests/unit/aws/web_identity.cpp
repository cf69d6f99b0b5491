#include "aws/identity/web_identity.hpp"

#include "identity_rig.hpp"

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
