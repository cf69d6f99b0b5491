#include "config/text_file.hpp"

#include "files.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <fstream>
#include <thread>

using namespace sluice::config;
using sluice::config::tests::temporary_folder;

TEST_CASE("text file: the whole file is read, and who may read it is told")
{
    const temporary_folder folder;
    const auto closed = read_text_file(folder.write("closed", "abc", 0640), 100);
    REQUIRE(closed.has_value());
    CHECK(closed->text.reveal() == "abc");
    CHECK_FALSE(closed->readable_by_all);
    const auto open = read_text_file(folder.write("open", "", 0644), 100);
    REQUIRE(open.has_value());
    CHECK(open->text.reveal().empty());
    CHECK(open->readable_by_all);
}

TEST_CASE("text file: a file of just the allowed length is read, one byte more is refused")
{
    const temporary_folder folder;
    CHECK(
        read_text_file(folder.write("fits", std::string(1024, 'x')), 1024)->text.reveal().size() ==
        1024);
    const std::string path = folder.write("long", std::string(1025, 'x'));
    const auto got = read_text_file(path, 1024);
    REQUIRE(got.has_error());
    CHECK(got.error().what == path + " is longer than 1KiB");
}

TEST_CASE("text file: what cannot be read is told in one line")
{
    const temporary_folder folder;
    const std::string missing = folder.path("missing");
    CHECK(read_text_file(missing, 10).error().what ==
          "cannot read " + missing + ": No such file or directory");
    CHECK(read_text_file(folder.path(""), 10).error().what ==
          "cannot read " + folder.path("") + ": Is a directory");
    CHECK(read_text_file("", 10).error().what == "cannot read : No such file or directory");
    const std::string below = folder.write("file", "") + "/below";
    CHECK(read_text_file(below, 10).error().what == "cannot read " + below + ": Not a directory");
}

TEST_CASE("text file: a pipe is read to its end")
{
    const temporary_folder folder;
    const std::string path = folder.path("pipe");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    std::jthread writer([&path] { std::ofstream(path) << "through a pipe"; });
    const auto got = read_text_file(path, 100);
    REQUIRE(got.has_value());
    CHECK(got->text.reveal() == "through a pipe");
}
