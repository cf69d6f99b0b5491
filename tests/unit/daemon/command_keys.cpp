#include "shell.hpp"
#include "transform/mask/keyring.hpp"
#include "unit/config/files.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

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

namespace {

// A keyring that was just generated, and what becomes of it.
struct keyring_bench
{
    temporary_folder folder;
    std::string path = folder.path("keyring.json");

    keyring_bench() { REQUIRE(run_sluice({"keys", "generate", "--keyring", path}).code == 0); }

    [[nodiscard]] ended run(const std::string& step, const std::string& id = {}) const
    {
        if (id.empty())
            return run_sluice({"keys", step, "--keyring", path});
        return run_sluice({"keys", step, "--keyring", path, id});
    }

    // Ids in the order of the file.
    [[nodiscard]] std::vector<std::string> ids() const
    {
        const auto read = sluice::mask::keyring::load(path);
        std::vector<std::string> out;
        for (const auto& each : read.keys())
            out.push_back(each.id);
        return out;
    }

    [[nodiscard]] std::string primary() const
    {
        return sluice::mask::keyring::load(path).primary().id;
    }

    [[nodiscard]] std::string text() const
    {
        std::ifstream in(path);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    [[nodiscard]] std::size_t files() const
    {
        const std::filesystem::directory_iterator all(std::filesystem::path(path).parent_path());
        return static_cast<std::size_t>(std::distance(all, {}));
    }
};

} // namespace

TEST_CASE("keys: a key is added, promoted and retired, and no key changes by that")
{
    const keyring_bench bench;
    const std::string first = bench.primary();
    const auto before = sluice::mask::keyring::load(bench.path);

    const ended added = bench.run("add");
    CHECK(added.code == 0);
    REQUIRE(bench.ids().size() == 2);
    const std::string second = bench.ids()[1];
    CHECK(added.out.starts_with(bench.path + ": key " + second + " added; "));
    CHECK(bench.primary() == first);

    CHECK(bench.run("promote", second).code == 0);
    CHECK(bench.primary() == second);
    const auto after = sluice::mask::keyring::load(bench.path);
    CHECK(after.find(first)->status == sluice::mask::key_status::active);
    CHECK(std::ranges::equal(after.find(first)->bytes, before.primary().bytes));
    CHECK(after.find(first)->created == before.primary().created);
    CHECK_FALSE(std::ranges::equal(after.primary().bytes, before.primary().bytes));

    CHECK(bench.run("promote", first).code == 0); // back again
    CHECK(bench.run("retire", second).code == 0);
    CHECK(bench.primary() == first);
    const std::string told = bench.run("check").out;
    CHECK(told.find(first + "  masks ") != std::string::npos);
    CHECK(told.find(second + "  only opens, retired ") != std::string::npos);
    CHECK(bench.run("promote", second).err.find("has retired key " + second) != std::string::npos);
    CHECK(bench.primary() == first);
    CHECK(bench.files() == 1);
}

TEST_CASE("keys: what must not be leaves the file as it is")
{
    const keyring_bench bench;
    const std::string before = bench.text();
    const auto refused = [&](const ended& got, const std::string& why) {
        CHECK(got.code == 2);
        CHECK(got.out.empty());
        CHECK(got.err.starts_with(bench.path + ": "));
        CHECK(got.err.find(why) != std::string::npos);
        CHECK(bench.text() == before);
        CHECK(bench.files() == 1);
    };
    refused(bench.run("retire", bench.primary()), "promote another one first");
    refused(bench.run("promote", bench.primary()), "already");
    refused(bench.run("promote", "zzzzzz"), "has no key of that id; it has " + bench.primary());
    const int held = ::open(bench.path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(::flock(held, LOCK_EX) == 0);
    refused(bench.run("add"), "is being changed by somebody else");
    ::close(held);
    CHECK(bench.run("promote").code == 2); // of which key?
    std::filesystem::permissions(bench.path, std::filesystem::perms(0644));
    refused(bench.run("add"), "is open to everybody");
    refused(bench.run("check"), "is open to everybody");
}

TEST_CASE("keys: a change keeps the mode of the file, and a link to it")
{
    const keyring_bench bench;
    std::filesystem::permissions(bench.path, std::filesystem::perms(0640));
    const std::string link = bench.folder.path("link.json");
    std::filesystem::create_symlink(bench.path, link);
    CHECK(run_sluice({"keys", "add", "--keyring", link}).code == 0);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(bench.ids().size() == 2);
    struct stat about{};
    REQUIRE(::stat(bench.path.c_str(), &about) == 0);
    CHECK((about.st_mode & 07777) == 0640);
}
