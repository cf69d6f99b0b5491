#include "aws/credentials_source.hpp"

#include "aws/settings_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <catch2/catch.hpp>

using namespace sluice;
using aws::environment;
using aws::shared_config;
using Catch::Matchers::Contains;

namespace {

using variables = std::map<std::string, std::string, std::less<>>;

shared_config profile(aws::properties values, std::string name = "default")
{
    aws::profile_set set;
    set.profiles[name].values = std::move(values);
    return {std::move(set), name};
}

aws::credentials_ptr ask(aws::credentials_provider& provider)
{
    asio::io_context io;
    aws::credentials_ptr answer;
    auto work = [&]() -> awaitable<void> { answer = co_await provider.get(); };
    auto on_end = [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    };
    asio::co_spawn(io, work, on_end);
    io.run();
    return answer;
}

} // namespace

TEST_CASE("credentials: those of the environment come first")
{
    const environment set(variables{{"AWS_ACCESS_KEY_ID", "AKIA"},
                                    {"AWS_SECRET_ACCESS_KEY", "s"},
                                    {"AWS_SESSION_TOKEN", "t"},
                                    {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}});
    const auto provider = aws::find_credentials(
        set, profile({{"aws_access_key_id", "P"}, {"aws_secret_access_key", "p"}}));
    const auto found = ask(*provider);
    CHECK(found->access_key_id == "AKIA");
    CHECK(found->secret_access_key.reveal() == "s");
    CHECK(found->session_token.reveal() == "t");
    CHECK_FALSE(found->expires_at.has_value());
    provider->refuse(found);
    CHECK(ask(*provider) == found); // there are no others
}

TEST_CASE("credentials: those of the profile come next, and an empty token is none")
{
    const auto provider = aws::find_credentials(
        environment(variables{{"AWS_ACCESS_KEY_ID", ""}, {"AWS_SECRET_ACCESS_KEY", ""}}),
        profile({{"aws_access_key_id", "P"}, {"aws_secret_access_key", "p"}}));
    const auto found = ask(*provider);
    CHECK(found->access_key_id == "P");
    CHECK(found->secret_access_key.reveal() == "p");
    CHECK(found->session_token.empty());
}

TEST_CASE("credentials: half a pair of keys is an error that names the other half")
{
    const environment nothing{variables{}};
    CHECK_THROWS_WITH(
        aws::environment_credentials(environment(variables{{"AWS_ACCESS_KEY_ID", "A"}})),
        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both");
    CHECK_THROWS_WITH(
        aws::environment_credentials(environment(variables{{"AWS_SECRET_ACCESS_KEY", "s"}})),
        "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not; set both");
    CHECK_THROWS_WITH(aws::find_credentials(nothing, profile({{"aws_access_key_id", "A"}}, "dev")),
                      Contains("aws_secret_access_key of the AWS profile \"dev\" is not"));
}

TEST_CASE("credentials: keys that would break a header are refused and not shown")
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

TEST_CASE("credentials: what is not supported yet is said, not passed over")
{
    const environment nothing{variables{}};
    for (const char* const key : {"role_arn", "credential_process", "sso_session", "sso_start_url",
                                  "web_identity_token_file"}) {
        const auto config = profile(
            {{key, "x"}, {"aws_access_key_id", "A"}, {"aws_secret_access_key", "s"}}, "dev");
        CHECK_THROWS_WITH(aws::find_credentials(nothing, config),
                          Contains(key) && Contains("not supported yet") && Contains("\"dev\""));
    }
    for (const char* const name :
         {"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
          "AWS_CONTAINER_CREDENTIALS_FULL_URI"})
        CHECK_THROWS_WITH(aws::find_credentials(environment(variables{{name, "x"}}), profile({})),
                          Contains(name) && Contains("not supported yet"));
}

TEST_CASE("credentials: none at all is an error that says where they were looked for")
{
    CHECK_THROWS_WITH(aws::find_credentials(environment(variables{}), profile({}, "dev")),
                      Contains("AWS_ACCESS_KEY_ID") && Contains("\"dev\""));
}
