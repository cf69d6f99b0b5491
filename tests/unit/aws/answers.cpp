#include "aws/identity/answers.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using aws::parse_iso_time;
using Catch::Matchers::Contains;

TEST_CASE("answers: a time is read with fraction and offset")
{
    const wall_time at = wall_time(std::chrono::sys_days(std::chrono::year{2026} / 1 / 15)) + 10h;
    CHECK(parse_iso_time("2026-01-15T10:00:00Z") == at);
    CHECK(parse_iso_time("2026-01-15T10:00:00.123456Z") == at);
    CHECK(parse_iso_time("2026-01-15T12:00:00+02:00") == at);
    CHECK(parse_iso_time("2026-01-15T09:30:00-00:30") == at);
}

TEST_CASE("answers: what is no time is none")
{
    for (const char* const bad :
         {"", "soon", "2026-01-15", "2026-01-15T10:00:00", "2026-13-15T10:00:00Z",
          "2026-02-30T10:00:00Z", "2026-01-15T24:00:00Z", "2026-01-15T10:60:00Z",
          "2026-01-15 10:00:00Z", "2026-01-15T10:00:00Zx", "2026-01-15T10:00:00+2",
          "2026-01-15T10:00:00.Z9", "-026-01-15T10:00:00Z", "1768471200"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_iso_time(bad).has_value());
    }
}

TEST_CASE("answers: keys are read by their names, and their date")
{
    const auto keys = aws::parse_json_credentials(
        R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t",)"
        R"("Expiration":"2026-01-15T10:30:00Z"})",
        "SessionToken");
    CHECK(keys.access_key_id == "A");
    CHECK(keys.secret_access_key.reveal() == "s");
    CHECK(keys.session_token.reveal() == "t");
    CHECK(keys.expires_at == parse_iso_time("2026-01-15T10:30:00Z"));
    const auto lasting =
        aws::parse_json_credentials(R"({"AccessKeyId":"A","SecretAccessKey":"s"})", "SessionToken");
    CHECK_FALSE(lasting.expires_at.has_value());
    CHECK(lasting.session_token.empty());
}

TEST_CASE("answers: no error shows what might be a secret")
{
    for (const char* const bad :
         {R"({"AccessKeyId":"hush","SecretAccessKey":"hu sh"})",
          R"({"AccessKeyId":"","SecretAccessKey":"hush"})",
          R"({"AccessKeyId":"A","SecretAccessKey":"s","Token":"hush\n"})",
          R"({"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"hush"})"})
        CHECK_THROWS_WITH(aws::parse_json_credentials(bad, "Token"), !Contains("hush"));
}
