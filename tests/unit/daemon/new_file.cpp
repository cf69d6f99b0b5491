#include "daemon/init/new_file.hpp"

#include "config/text_file.hpp"
#include "daemon/configuration.hpp"
#include "unit/config/files.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <string>

using sluice::config::read_text_file;
using sluice::config::tests::temporary_folder;
using sluice::daemon::usage_error;
using sluice::daemon::write_new_file;

namespace {

std::string content_of(const std::string& path)
{
    const auto read = read_text_file(path, 100);
    return read ? std::string(read->text.reveal()) : "cannot be read";
}

} // namespace

TEST_CASE("new file: a text is written, once")
{
    const temporary_folder folder;
    const std::string path = folder.path("f");
    write_new_file(path, "first\n");
    CHECK(content_of(path) == "first\n");
    CHECK_THROWS_AS(write_new_file(path, "second\n"), usage_error);
    CHECK(content_of(path) == "first\n");
}

TEST_CASE("new file: nothing is written through a link")
{
    const temporary_folder folder;
    const std::string link = folder.path("link");
    REQUIRE(::symlink(folder.path("elsewhere").c_str(), link.c_str()) == 0);
    CHECK_THROWS_AS(write_new_file(link, "text"), usage_error);
    CHECK(content_of(folder.path("elsewhere")) == "cannot be read");
}
