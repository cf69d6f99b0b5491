// What stands in a secret is never told: not in errors, not in warnings, not in the defaults.
#include "files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

constexpr const char* canary = "canary-8c1f";

std::string all_lines(const loaded& from)
{
    std::string out;
    for (const std::string& each : lines(from))
        out += each + "\n";
    return out;
}

loaded resolved(std::string_view text)
{
    return load_text(text, "f.yaml", references::resolve);
}

// Every single value of the good file, one after the other, in place of which a text can be put.
std::vector<std::string> with_each_value_replaced(const std::string& by)
{
    std::vector<std::string> out;
    for (const std::string value : {"http://localhost:9324/1/logins",
                                    "min: 1",
                                    "20s\n",
                                    "60s",
                                    "json\n",
                                    "text,",
                                    "/user_id",
                                    "true }",
                                    "seal",
                                    "postgresql://localhost/logins",
                                    "user_logins",
                                    "1000",
                                    "1MiB",
                                    "50ms",
                                    "30s",
                                    "20000",
                                    "64MiB",
                                    "json_depth: 64",
                                    "missing user_id",
                                    "/etc/sluice/keyring.json",
                                    "workers: auto",
                                    "\"127.0.0.1:9464\"",
                                    "info"}) {
        const std::size_t colon = value.find(": ");
        const std::size_t start = colon == std::string::npos ? 0 : colon + 2;
        const std::size_t end = value.find_last_not_of("\n,} ") + 1;
        out.push_back(replaced(good_text(), value,
                               value.substr(0, start) + "\"" + by + "\"" + value.substr(end)));
    }
    return out;
}

} // namespace

TEST_CASE("secrets: no error shows what a reference stands for, wherever it stands")
{
    const environment_variable set("SLUICE_TEST_CANARY", canary);
    std::size_t refused = 0;
    for (const std::string& text : with_each_value_replaced("${env:SLUICE_TEST_CANARY}")) {
        INFO(text);
        const loaded got = resolved(text);
        refused += got.ok() ? 0 : 1;
        CHECK(all_lines(got).find(canary) == std::string::npos);
    }
    CHECK(refused >= 18); // texts take any value; the rest is refused, and without telling it
}

TEST_CASE("secrets: an error names the reference")
{
    const environment_variable set("SLUICE_TEST_WAIT", "99s");
    CHECK(
        lines(resolved(replaced(good_text(), "wait: 20s", "wait: \"${env:SLUICE_TEST_WAIT}\""))) ==
        std::vector<std::string>{
            "f.yaml:7: pipelines.logins.source.sqs.wait: "
            "the value of \"${env:SLUICE_TEST_WAIT}\" is too large; give 0s to 20s"});
    CHECK(
        lines(resolved(replaced(good_text(), "wait: 20s", "wait: \"${env:SLUICE_TEST_UNSET}\""))) ==
        std::vector<std::string>{"f.yaml:7: pipelines.logins.source.sqs.wait: "
                                 "the environment variable SLUICE_TEST_UNSET is not set; set it"});
}

TEST_CASE("secrets: the same file checks without the values, and loads with them")
{
    std::string text = replaced(good_text(), "url: postgresql://localhost/logins",
                                "url: postgresql://${env:SLUICE_TEST_USER}@localhost/logins");
    text = replaced(text, "wait: 20s", "wait: \"${env:SLUICE_TEST_WAIT}\"");
    text = replaced(text, "user_logins", "${env:SLUICE_TEST_TABLE}");
    const loaded checked = load_text(text, "f.yaml", references::leave);
    CHECK(lines(checked).empty());
    CHECK(checked.value.pipelines[0].sink.url.reveal() ==
          "postgresql://${env:SLUICE_TEST_USER}@localhost/logins");
    CHECK(checked.value.pipelines[0].sink.table == "${env:SLUICE_TEST_TABLE}");
    CHECK(checked.value.pipelines[0].source.wait == std::chrono::seconds(20));
    CHECK(lines(resolved(text)).size() == 3);

    const environment_variable user("SLUICE_TEST_USER", "ann");
    const environment_variable wait("SLUICE_TEST_WAIT", "3s");
    const environment_variable table("SLUICE_TEST_TABLE", "s.t");
    const loaded full = resolved(text);
    CHECK(lines(full).empty());
    CHECK(full.value.pipelines[0].sink.url.reveal() == "postgresql://ann@localhost/logins");
    CHECK(full.value.pipelines[0].sink.schema == "s");
    CHECK(full.value.pipelines[0].source.wait == std::chrono::seconds(3));
    CHECK(full.value.hash == checked.value.hash); // the hash is of the text, not of the secrets
}

TEST_CASE("secrets: a bad address of a database is refused without being shown")
{
    const loaded got = resolved(replaced(good_text(), "postgresql://localhost/logins",
                                         "mysql://u:" + std::string(canary) + "@h/d"));
    CHECK_FALSE(got.ok());
    CHECK(all_lines(got).find(canary) == std::string::npos);
}

TEST_CASE("secrets: a bad admin token is refused without being shown")
{
    const loaded got =
        resolved(replaced(good_text(), "\"127.0.0.1:9464\"",
                          "\"127.0.0.1:9464\", token: \"" + std::string(canary) + " x\""));
    CHECK(all_lines(got) == "f.yaml:26: admin.token: the value is no token; "
                            "use printable ASCII characters without blanks\n");
}

TEST_CASE("secrets: a URL with a password is refused without being shown")
{
    const loaded got = resolved(replaced(good_text(), "http://localhost",
                                         "http://u:" + std::string(canary) + "@localhost"));
    CHECK_FALSE(got.ok());
    CHECK(all_lines(got).find(canary) == std::string::npos);
}

TEST_CASE("secrets: bad YAML beside a secret does not show it")
{
    const std::string password = "password: " + std::string(canary);
    for (const std::string& text :
         {password + ": x\n", "a: [" + password + "\n", "a: \"" + password + "\n",
          password + "\n\t- b\n", "*" + std::string(canary) + "\n",
          "a: !" + std::string(canary) + " [\n", "@" + password}) {
        INFO(text);
        const loaded got = resolved(text);
        CHECK_FALSE(got.ok());
        CHECK(all_lines(got).find(canary) == std::string::npos);
    }
}

TEST_CASE("secrets: a secret in a file that every user can read is a warning")
{
    const temporary_folder folder;
    const auto told = [&folder](const std::string& text, unsigned mode) {
        return lines(load(folder.write("f.yaml", text, mode), references::leave));
    };
    const std::string where =
        "a secret stands in a file that every user can read; "
        "run chmod o-r on the file, or refer to it with ${env:NAME} or ${file:PATH}";
    CHECK(told(good_text(), 0640).empty());
    CHECK(told(good_text(), 0644) ==
          std::vector<std::string>{"f.yaml:16: pipelines.logins.sink.postgres.url: warning: " +
                                   where});
    CHECK(told(replaced(good_text(), "url: postgresql://localhost/logins",
                        "url: ${env:DATABASE_URL}"),
               0644)
              .empty());
}

TEST_CASE("secrets: a secret file that every user can read is a warning")
{
    const temporary_folder folder;
    const std::string file = folder.write("url", "postgresql://localhost/x\n", 0644);
    const loaded got =
        resolved(replaced(good_text(), "postgresql://localhost/logins", "${file:" + file + "}"));
    CHECK(got.ok());
    CHECK(got.value.pipelines[0].sink.url.reveal() == "postgresql://localhost/x");
    CHECK(lines(got) ==
          std::vector<std::string>{
              "f.yaml:16: pipelines.logins.sink.postgres.url: warning: every user can read " +
              file + "; run chmod o-r " + file});
}
