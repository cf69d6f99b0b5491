// What `sluice send` refuses before it sends anything. The sending itself is tested with a server.
#include "shell.hpp"
#include "unit/config/files.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice::config::tests;
using sluice::daemon::tests::ended;
using sluice::daemon::tests::run_sluice;

namespace {

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("send: wrong usage is told in one line and sends nothing")
{
    const temporary_folder folder;
    const std::string file = folder.write("f.yaml", good_text());
    const auto check = [](const ended& got, const std::string& what) {
        CHECK(got.code == 2);
        CHECK(got.out.empty());
        CHECK(contains(got.err, what));
        CHECK(got.err.find('\n') == got.err.size() - 1);
    };
    check(run_sluice({"send", "-c", file}), "F is required");
    check(run_sluice({"send", "lines"}), "--config is required");
    check(run_sluice({"send", "-c", file, folder.path("none")}),
          folder.path("none") + ": cannot be read; name a file of messages, one a line, or - ");
    check(run_sluice({"send", "-c", file, "--pipeline", "login", "-"}),
          file + ": --pipeline: \"login\" is no pipeline of the file; did you mean logins?");
    check(run_sluice({"send", "-c", folder.path("none"), "-"}), folder.path("none"));
}

TEST_CASE("send: needs the values of the source, and no others")
{
    const temporary_folder folder;
    std::string text = replaced(good_text(), "postgresql://localhost/logins", "${env:NO_SUCH_URL}");
    text = replaced(text, "http://localhost:9324/1/logins", "${env:NO_SUCH_QUEUE}");
    const std::string file = folder.write("f.yaml", text);
    CHECK(run_sluice({"send", "-c", file, "-"}).err ==
          file + ":5: pipelines.logins.source.sqs.queue_url: the environment variable "
                 "NO_SUCH_QUEUE is not set; set it\n");
}
