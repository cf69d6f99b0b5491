#include "aws/profile_file.hpp"

#include "aws/settings_error.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using aws::profile_file_kind;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

aws::profile_set parse(std::string_view text, profile_file_kind kind = profile_file_kind::config)
{
    aws::profile_set set;
    aws::parse_profile_file(text, "file", kind, set);
    return set;
}

} // namespace

TEST_CASE("profile_file: profiles, comments and white space of a config file")
{
    const auto set = parse("# a comment\n"
                           "; another\n"
                           "\n"
                           "[default]\n"
                           "region = eu-west-1\r\n"
                           "[profile  dev ] # with a comment\n"
                           "Region=us-east-1 ; not in the value\n"
                           "aws_secret_access_key = a#b;c=d/+\n"
                           "empty =\n"
                           "[other tool]\n"
                           "region = nowhere\n"
                           "[dev]\n"
                           "region = a profile of the credentials file, ignored here\n");
    CHECK(set.profiles.size() == 2);
    CHECK(set.profiles.at("default").value("region") == "eu-west-1");
    CHECK(set.profiles.at("dev").value("region") == "us-east-1");
    CHECK(set.profiles.at("dev").value("aws_secret_access_key") == "a#b;c=d/+");
    CHECK(set.profiles.at("dev").value("empty").empty());
    CHECK(set.profiles.at("dev").value("absent").empty());
}

TEST_CASE("profile_file: in a credentials file a heading is the name of a profile")
{
    const auto set = parse("[default]\naws_access_key_id = A\n[profile x]\naws_access_key_id = B\n",
                           profile_file_kind::credentials);
    CHECK(set.profiles.at("default").value("aws_access_key_id") == "A");
    CHECK(set.profiles.at("profile x").value("aws_access_key_id") == "B");
}

TEST_CASE("profile_file: services sections have settings of a service indented below its name")
{
    const auto set = parse("[services local]\n"
                           "sqs =\n"
                           "  endpoint_url = http://127.0.0.1:9324\n"
                           "  other = 1\n"
                           "s3 = \n"
                           "\tendpoint_url = http://127.0.0.1:9000\n");
    const auto& local = set.services.at("local");
    CHECK(local.nested.at("sqs").at("endpoint_url") == "http://127.0.0.1:9324");
    CHECK(local.nested.at("sqs").at("other") == "1");
    CHECK(local.nested.at("s3").at("endpoint_url") == "http://127.0.0.1:9000");
}

TEST_CASE("profile_file: a later value wins, in a file and over files")
{
    aws::profile_set set;
    aws::parse_profile_file("[profile a]\nx = 1\ny = 1\n[profile a]\nx = 2\n", "config",
                            profile_file_kind::config, set);
    CHECK(set.profiles.at("a").value("x") == "2");
    aws::parse_profile_file("[a]\nx = 3\n", "credentials", profile_file_kind::credentials, set);
    CHECK(set.profiles.at("a").value("x") == "3");
    CHECK(set.profiles.at("a").value("y") == "1");
}

TEST_CASE("profile_file: a value may go on in indented lines")
{
    const auto set = parse("[default]\na = one\n  two\n");
    CHECK(set.profiles.at("default").value("a") == "one\ntwo");
}

TEST_CASE("profile_file: odd files that are none the worse for it")
{
    CHECK(parse("").profiles.empty());
    CHECK(parse("\n\n").profiles.empty());
    CHECK(parse("\xef\xbb\xbf[default]\nregion = x").profiles.at("default").value("region") == "x");
    CHECK(parse("[default]").profiles.contains("default"));
}

TEST_CASE("profile_file: a line that cannot be read is named, and its content is not shown")
{
    struct bad_file
    {
        const char* text;
        const char* error;
    };
    for (const bad_file& bad :
         {bad_file{"region = x\n", "file:1: this stands before the first [heading]"},
          bad_file{"[default\n", "file:1: the heading has no \"]\""},
          bad_file{"[default]\n\nsecret\n", "file:3: neither a [heading] nor \"key = value\""},
          bad_file{"[default]\n= secret\n", "file:2: there is no key before the \"=\""},
          bad_file{"[default]\n  secret = x\n", "file:2: an indented line must belong to"},
          bad_file{"[services a]\nsqs =\n  secret\n", "file:3: neither a [heading] nor"},
          bad_file{"  region = x\n", "file:1: an indented line must belong to"}}) {
        CAPTURE(bad.text);
        CHECK_THROWS_WITH(parse(bad.text), StartsWith(bad.error) && !Contains("secret"));
    }
}
