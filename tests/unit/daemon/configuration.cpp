// What the columns' compiler finds is told like everything else that is wrong with a file.
#include "daemon/configuration.hpp"

#include "unit/config/files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

std::vector<std::string> told(const std::string& text, references how = references::leave)
{
    const temporary_folder folder;
    return lines(sluice::daemon::load_configuration(folder.write("f.yaml", text), how));
}

std::string with_user(const std::string& column)
{
    return replaced(good_text(), "{ type: text, from: /user_id, required: true }", column);
}

} // namespace

TEST_CASE("configuration: a mistake of a column is told at the line of its key")
{
    const auto bad_pattern = told(with_user("\n          type: text\n          from: /user_id\n"
                                            "          matches: '('"));
    REQUIRE(bad_pattern.size() == 1);
    CHECK(
        bad_pattern[0].starts_with("f.yaml:15: pipelines.logins.record.columns.user_id.matches: "));
    CHECK(bad_pattern[0].ends_with("; see the syntax of RE2"));

    const auto bad_bound = told(with_user("{ type: integer, from: /user_id, min: few }"));
    REQUIRE(bad_bound.size() == 1);
    CHECK(bad_bound[0].starts_with("f.yaml:12: pipelines.logins.record.columns.user_id.min: "));
}

TEST_CASE("configuration: mistakes of loader and compiler stand in the order of the file")
{
    std::string text = with_user("{ type: integer, from: /user_id, min: few }");
    text = replaced(text, "workers: auto", "workers: few");
    text = replaced(text, "wait: 20s", "wait: soon");
    const auto got = told(text);
    REQUIRE(got.size() == 3);
    CHECK(got[0].starts_with("f.yaml:7: "));
    CHECK(got[1].starts_with("f.yaml:12: "));
    CHECK(got[2].starts_with("f.yaml:25: "));
}

TEST_CASE("configuration: a column that is refused by the loader is not judged again")
{
    CHECK(told(with_user("{ type: integre, from: /user_id, min: few }")).size() == 1);
    CHECK(told(with_user("{ type: text, from: /x, required: true, default: x }")).size() == 1);
    CHECK(told(with_user("{ type: text, from: /x, domain: x }")).size() == 1);
}

TEST_CASE("configuration: a value that is not at hand is not judged, and one that is is not shown")
{
    const std::string text =
        with_user("{ type: integer, from: /user_id, min: \"${env:SLUICE_TEST_MIN}\" }");
    CHECK(told(text).empty());
    const environment_variable least("SLUICE_TEST_MIN", "canary-8c1f");
    CHECK(
        told(text, references::resolve) ==
        std::vector<std::string>{"f.yaml:12: pipelines.logins.record.columns.user_id.min: "
                                 "the value that the reference stands for does not fit the column; "
                                 "give a value that the column takes"});
}

TEST_CASE("configuration: a masked value that another column stores in clear is refused")
{
    const auto got = told(with_user("{ type: text, from: /ip }"));
    REQUIRE(got.size() >= 1);
    CHECK(got[0].starts_with("f.yaml:12: pipelines.logins.record.columns.user_id.from: "));
}

TEST_CASE("configuration: a database URL that libpq cannot read is refused without showing it")
{
    for (const char* const bad :
         {"postgresql://user:s3cret@host:port/db", "postgresql://a:s3c ret@[x/y",
          "postgresql://h/db?no_such_setting=s3cret", "host='s3cret"}) {
        INFO(bad);
        const auto got = told(
            replaced(good_text(), "postgresql://localhost/logins", "\"" + std::string(bad) + "\""));
        REQUIRE(got.size() == 1);
        CHECK(got[0] == "f.yaml:16: pipelines.logins.sink.postgres.url: is nothing that libpq can "
                        "read; write postgresql://USER@HOST/DATABASE, with %-escapes for special "
                        "characters");
    }
    for (const char* const good : {"postgresql://u:p%20w@h1,h2:5433/db?target_session_attrs=any",
                                   "host=h dbname=db", "${env:NO_SUCH_URL}"})
        CHECK(told(replaced(good_text(), "postgresql://localhost/logins",
                            "\"" + std::string(good) + "\""))
                  .empty());
}

TEST_CASE("configuration: no part of a password that is not escaped becomes a host or a database")
{
    // Each of them is one that libpq reads, with a piece of the password where it would be shown.
    for (const char* const bad :
         {"postgresql://app:s3cr@t-Passw0rd@host/db", "postgres://app:s3cr@@t@host/db",
          "postgresql://app:a@b,c@h1,h2/db", "postgresql://app:a@b,@host/db",
          "postgresql://app:s3cr@t/x@host/db", "postgresql://postgres:/s3cret@host/db",
          "postgresql://app:12/s3cret@host/db?sslmode=require"}) {
        INFO(bad);
        const auto got = told(
            replaced(good_text(), "postgresql://localhost/logins", "\"" + std::string(bad) + "\""));
        CHECK(got == std::vector<std::string>{
                         "f.yaml:16: pipelines.logins.sink.postgres.url: has an @ or / that is not "
                         "escaped in its user, password or database; write @ as %40 and / as %2F "
                         "there"});
    }
    for (const char* const good :
         {"postgresql://app:s3cr%40t-Passw0rd@host/db", "postgresql://app:a%2Fb@[::1]:5432/db",
          "postgresql://app:a:b?c@host/db", "postgresql://app:pw@@socket/db",
          "postgresql://@socket/db", "postgresql:///db?host=@socket&application_name=a@b/c",
          "postgresql://app@%2Frun%2Fa%40b/my%40db", "host=/run/a@b user=app password=s3cr@t"}) {
        INFO(good);
        CHECK(told(replaced(good_text(), "postgresql://localhost/logins",
                            "\"" + std::string(good) + "\""))
                  .empty());
    }
}

TEST_CASE("configuration: a URL for tokens of AWS names one server and one user, and no password")
{
    const auto told_of = [](const std::string& url) {
        return told(replaced(good_text(), "postgresql://localhost/logins",
                             "\"" + url + "\"\n        login: rds_iam"));
    };
    const std::string key = "f.yaml:16: pipelines.logins.sink.postgres.url: ";
    const std::string host = "names no single host, which a token of login: rds_iam is for; write "
                             "the endpoint of the database or cluster";
    const std::string user = "names no user, whom a token of login: rds_iam is for; write "
                             "postgresql://USER@HOST/DATABASE";
    const std::string password =
        "has a password, and login: rds_iam makes one for each connection; "
        "remove it, or set login: url";
    const std::string mode = "has an sslmode that could show a token to a stranger; set "
                             "sslmode=verify-full, or remove it: login: rds_iam implies it";
    using lines = std::vector<std::string>;
    CHECK(told_of("postgresql://u@h1,h2/db") == lines{key + host});
    CHECK(told_of("postgresql:///db?user=u") == lines{key + host});
    CHECK(told_of("host=/run/postgresql user=u") == lines{key + host});
    CHECK(told_of("postgresql://h/db") == lines{key + user});
    CHECK(told_of("postgresql://u@h:70000/db") == lines{key + "has no port between 1 and 65535; "
                                                              "correct it"});
    CHECK(told_of("postgresql://u:s3cret@h/db") == lines{key + password});
    CHECK(told_of("postgresql://u@h/db?passfile=/x") == lines{key + password});
    CHECK(told_of("postgresql://u@h/db?sslmode=require") == lines{key + mode});
    for (const char* const good :
         {"postgresql://u@h/db", "postgresql://a%20b@h:6432/db?sslmode=verify-full&sslrootcert=/x",
          "host=h user=u", "${env:NO_SUCH_URL}"})
        CHECK(told_of(good) == lines{});
}

TEST_CASE("configuration: a command asks for the values of the parts that it needs")
{
    const temporary_folder folder;
    std::string text = replaced(good_text(), "postgresql://localhost/logins", "${env:NO_SUCH_URL}");
    text = replaced(text, "keyring: /etc/sluice/keyring.json", "keyring: \"${env:NO_SUCH_RING}\"");
    const std::string file = folder.write("f.yaml", text);
    const auto errors = [&](std::vector<std::string_view> parts) {
        return sluice::daemon::load_parts(file, parts).findings.size();
    };
    CHECK(errors({"source"}) == 0);
    CHECK(errors({"source", "keys"}) == 1);
    CHECK(errors({"sink"}) == 1);
    CHECK(errors({"sink.postgres.table", "record"}) == 0);
    CHECK(errors({"sink.postgres", "keys"}) == 2);
    CHECK(errors({"sin", "key", "pipelines.logins.sink.post"}) == 0);
    // What is wrong without any value is told in any case.
    const std::string wrong = folder.write("wrong.yaml", replaced(text, "wait: 20s", "wait: soon"));
    const std::vector<std::string_view> none;
    CHECK(sluice::daemon::load_parts(wrong, none).findings.size() == 1);
}

TEST_CASE("configuration: the only pipeline needs no name, one of several does")
{
    settings all;
    all.file = "f.yaml";
    const auto refused = [&](const std::string& name) {
        try {
            static_cast<void>(sluice::daemon::choose_pipeline(all, name));
            return std::string("chosen");
        } catch (const sluice::daemon::usage_error& error) {
            return std::string(error.what());
        }
    };
    all.pipelines.resize(1);
    all.pipelines[0].name = "logins";
    CHECK(&sluice::daemon::choose_pipeline(all, "") == all.pipelines.data());
    CHECK(refused("orders") ==
          "f.yaml: --pipeline: \"orders\" is no pipeline of the file; known here: logins");
    all.pipelines.resize(2);
    all.pipelines[1].name = "orders";
    CHECK(&sluice::daemon::choose_pipeline(all, "orders") == &all.pipelines[1]);
    CHECK(refused("") == "f.yaml: --pipeline: is needed, since there are several pipelines; known "
                         "here: logins, orders");
}
