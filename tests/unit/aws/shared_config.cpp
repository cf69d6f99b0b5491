#include "aws/shared_config.hpp"

#include "aws/settings_error.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace sluice;
using aws::environment;
using aws::shared_config;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

// A home folder with an .aws folder in it.
class home
{
public:
    home()
    {
        std::string pattern = fs::temp_directory_path() / "sluice-aws-XXXXXX";
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path = pattern;
        fs::create_directory(path / ".aws");
    }
    home(const home&) = delete;
    home& operator=(const home&) = delete;
    ~home() { fs::remove_all(path); }

    void write(const char* name, const char* text) const { std::ofstream(path / name) << text; }

    fs::path path;
};

} // namespace

TEST_CASE("shared_config: both files in the home folder are read, credentials win")
{
    const home folder;
    folder.write(".aws/config", "[default]\nregion = eu-west-1\naws_access_key_id = C\n");
    folder.write(".aws/credentials", "[default]\naws_access_key_id = K\n");
    const auto config = shared_config::load(environment({{"HOME", folder.path}}));
    CHECK(config.profile_name() == "default");
    CHECK(config.profile().value("region") == "eu-west-1");
    CHECK(config.profile().value("aws_access_key_id") == "K");
}

TEST_CASE("shared_config: the variables name other files and another profile")
{
    const home folder;
    folder.write("c", "[profile dev]\nregion = eu-north-1\nservices = here\n"
                      "[services here]\nsqs =\n  endpoint_url = http://h\n");
    folder.write("k", "[dev]\naws_access_key_id = K\n");
    const auto config = shared_config::load(environment({{"HOME", folder.path},
                                                         {"AWS_CONFIG_FILE", folder.path / "c"},
                                                         {"AWS_SHARED_CREDENTIALS_FILE", "~/k"},
                                                         {"AWS_PROFILE", "dev"}}));
    CHECK(config.profile_name() == "dev");
    CHECK(config.profile().value("region") == "eu-north-1");
    CHECK(config.profile().value("aws_access_key_id") == "K");
    CHECK(config.service_value("sqs", "endpoint_url") == "http://h");
    CHECK(config.service_value("sqs", "other").empty());
    CHECK(config.service_value("s3", "endpoint_url").empty());
}

TEST_CASE("shared_config: files that do not exist say nothing")
{
    const home folder;
    CHECK(shared_config::load(environment({{"HOME", folder.path}})).profile().values.empty());
    CHECK(shared_config::load(environment(std::map<std::string, std::string, std::less<>>{}))
              .profile()
              .values.empty());
}

TEST_CASE("shared_config: what was asked for and does not exist is an error that says so")
{
    const home folder;
    folder.write(".aws/config", "[profile dev]\nservices = there\n");
    const auto load = [&folder](const char* profile) {
        return shared_config::load(environment({{"HOME", folder.path}, {"AWS_PROFILE", profile}}));
    };
    CHECK_THROWS_WITH(load("prod"), Contains("AWS_PROFILE names the profile \"prod\"") &&
                                        Contains(folder.path / ".aws/config"));
    CHECK_THROWS_WITH(load("dev"), Contains("services section \"there\", which does not exist"));
}

TEST_CASE("shared_config: a file that cannot be read is named")
{
    const home folder;
    fs::create_directory(folder.path / "config");
    CHECK_THROWS_WITH(
        shared_config::load(environment({{"AWS_CONFIG_FILE", folder.path / "config"}})),
        Contains((folder.path / "config").string() + ": is no file that can be read"));
}

TEST_CASE("environment: an empty variable is none, and a switch is true or false")
{
    const environment variables(
        {{"EMPTY", ""}, {"A", "TRUE"}, {"B", "false"}, {"C", "yes"}, {"D", "value"}});
    CHECK_FALSE(variables.find("EMPTY").has_value());
    CHECK_FALSE(variables.find("ABSENT").has_value());
    CHECK(variables.find("D") == "value");
    CHECK(variables.find_switch("A") == true);
    CHECK(variables.find_switch("B") == false);
    CHECK_FALSE(variables.find_switch("EMPTY").has_value());
    CHECK_THROWS_WITH(variables.find_switch("C"), "C is \"yes\"; set it to true or false");
}

TEST_CASE("environment: that of the process is read")
{
    ::setenv("SLUICE_TEST_VARIABLE", "here", 1);
    CHECK(environment().find("SLUICE_TEST_VARIABLE") == "here");
    ::unsetenv("SLUICE_TEST_VARIABLE");
    CHECK_FALSE(environment().find("SLUICE_TEST_VARIABLE").has_value());
}
