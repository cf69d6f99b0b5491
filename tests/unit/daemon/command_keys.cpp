#include "shell.hpp"
#include "transform/mask/keyring.hpp"
#include "unit/config/files.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <string>

using sluice::config::tests::temporary_folder;
using sluice::daemon::tests::ended;
using sluice::daemon::tests::run_sluice;

TEST_CASE("keys: generate makes a keyring that only its owner can read, and names its key")
{
    const temporary_folder folder;
    const std::string path = folder.path("keyring.json");
    const ended got = run_sluice({"keys", "generate", "--keyring", path});
    CHECK(got.code == 0);
    CHECK(got.err.empty());

    struct stat about{};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 07777) == 0600);
    const auto made = sluice::mask::keyring::load(path);
    CHECK(made.keys().size() == 1);
    CHECK(got.out == path + ": key " + made.primary().id +
                         " made; keep a copy in a safe place: nobody can make it again\n");
}

TEST_CASE("keys: generate never writes over a file")
{
    const temporary_folder folder;
    const std::string path = folder.write("keyring.json", "precious");
    const ended got = run_sluice({"keys", "generate", "--keyring", path});
    CHECK(got.code == 2);
    CHECK(got.out.empty());
    CHECK(got.err.starts_with(path + ": "));
    CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("keys: generate in a folder that does not exist is an error of one line")
{
    const temporary_folder folder;
    const ended got = run_sluice({"keys", "generate", "--keyring", folder.path("no/keyring.json")});
    CHECK(got.code == 2);
    CHECK(got.out.empty());
    CHECK(got.err.find("no/keyring.json") != std::string::npos);
    CHECK(got.err.find('\n') == got.err.size() - 1);
}
