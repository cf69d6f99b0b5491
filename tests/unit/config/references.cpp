#include "config/references.hpp"

#include "files.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice::config;
using sluice::config::tests::environment_variable;
using sluice::config::tests::temporary_folder;

namespace {

std::string expanded(std::string_view text)
{
    const expansion got = expand(text, references::resolve, "/");
    REQUIRE(got.errors.empty());
    return got.text.reveal();
}

problem refusal(std::string_view text, const std::filesystem::path& folder = "/")
{
    const expansion got = expand(text, references::resolve, folder);
    REQUIRE(got.errors.size() == 1);
    return got.errors.front();
}

} // namespace

TEST_CASE("references: a text without references is itself")
{
    for (const char* const text : {"", "plain", "$", "$$", "a$b", "$env", "{}", "$ {", "100$"}) {
        INFO(text);
        CHECK(expanded(text) == text);
        CHECK_FALSE(expand(text, references::resolve, "/").has_references);
    }
}

TEST_CASE("references: environment variables are put in, one or several in a text")
{
    const environment_variable user("SLUICE_TEST_USER", "ann");
    const environment_variable word("SLUICE_TEST_WORD", "s3cret");
    const environment_variable nothing("SLUICE_TEST_EMPTY", "");
    CHECK(expanded("${env:SLUICE_TEST_USER}") == "ann");
    CHECK(expanded("postgres://${env:SLUICE_TEST_USER}:${env:SLUICE_TEST_WORD}@h/d") ==
          "postgres://ann:s3cret@h/d");
    CHECK(expanded("[${env:SLUICE_TEST_EMPTY}]") == "[]");
}

TEST_CASE("references: the value of a reference is not expanded again")
{
    const environment_variable sly("SLUICE_TEST_SLY", "${env:HOME}");
    CHECK(expanded("${env:SLUICE_TEST_SLY}") == "${env:HOME}");
}

TEST_CASE("references: two dollars before a brace are one dollar")
{
    CHECK(expanded("$${env:X}") == "${env:X}");
    CHECK(expanded("a$${b}$${") == "a${b}${");
    CHECK(expanded("$$$") == "$$$");
}

TEST_CASE("references: a file is put in without the line break at its end")
{
    const temporary_folder folder;
    folder.write("one", "s3cret\n");
    folder.write("two", "s3cret\n\n");
    folder.write("none", "s3cret");
    folder.write("empty", "");
    const auto read = [&folder](const std::string& name) {
        const expansion got = expand("<${file:" + name + "}>", references::resolve,
                                     std::filesystem::path(folder.path("")));
        REQUIRE(got.errors.empty());
        CHECK(got.warnings.empty());
        return got.text.reveal();
    };
    CHECK(read("one") == "<s3cret>");
    CHECK(read("two") == "<s3cret\n>");
    CHECK(read("none") == "<s3cret>");
    CHECK(read("empty") == "<>");
    CHECK(read(folder.path("one")) == "<s3cret>"); // an absolute path ignores the folder
}

TEST_CASE("references: a file that every user can read is a warning")
{
    const temporary_folder folder;
    const std::string path = folder.write("open", "s3cret", 0644);
    const expansion got = expand("${file:" + path + "}", references::resolve, "/");
    CHECK(got.errors.empty());
    REQUIRE(got.warnings.size() == 1);
    CHECK(got.warnings[0].what == "every user can read " + path);
    CHECK(got.warnings[0].remedy == "run chmod o-r " + path);
    CHECK(got.text.reveal() == "s3cret");
}

TEST_CASE("references: what cannot be had is told by its name")
{
    const temporary_folder folder;
    CHECK(refusal("${env:SLUICE_TEST_UNSET}").what ==
          "the environment variable SLUICE_TEST_UNSET is not set");
    CHECK(refusal("${file:/nonexistent/secret}").what ==
          "cannot read /nonexistent/secret: No such file or directory");
    CHECK(refusal("${file:" + folder.path("") + "}").what ==
          "cannot read " + folder.path("") + ": Is a directory");
    const std::string nul = folder.write("nul", std::string_view("a\0b", 3));
    CHECK(refusal("${file:" + nul + "}").what == nul + " is no text: it holds a NUL");
    const std::string large = folder.write("large", std::string(65'537, 'x'));
    CHECK(refusal("${file:" + large + "}").what == large + " is longer than 64KiB");
    const std::string largest = folder.write("largest", std::string(65'536, 'x'));
    CHECK(expanded("${file:" + largest + "}").size() == 65'536);
}

TEST_CASE("references: every missing value of a text is told")
{
    const expansion got =
        expand("${env:SLUICE_TEST_A}${env:SLUICE_TEST_B}", references::resolve, "/");
    REQUIRE(got.errors.size() == 2);
    CHECK(got.errors[0].what == "the environment variable SLUICE_TEST_A is not set");
    CHECK(got.errors[1].what == "the environment variable SLUICE_TEST_B is not set");
}

TEST_CASE("references: a malformed reference is an error, whether values are wanted or not")
{
    const auto how = GENERATE(references::resolve, references::leave);
    const auto what = [how](std::string_view text) {
        const expansion got = expand(text, how, "/");
        REQUIRE(got.errors.size() == 1);
        return got.errors[0].what;
    };
    CHECK(what("${HOME}") == "\"${HOME}\" is no reference");
    CHECK(what("${}") == "\"${}\" is no reference");
    CHECK(what("${ENV:HOME}") == "\"${ENV:HOME}\" is no reference");
    CHECK(what("a ${env:HOME") == "\"${env:HOME\" has no closing brace");
    CHECK(what("${") == "\"${\" has no closing brace");
    CHECK(what("${env:}") == "\"\" is no name of an environment variable");
    CHECK(what("${env:1X}") == "\"1X\" is no name of an environment variable");
    CHECK(what("${env:A-B}") == "\"A-B\" is no name of an environment variable");
    CHECK(what("${file:}") == "${file:} names no file");
}

TEST_CASE("references: left alone, a reference needs no value and stays as it is written")
{
    const expansion got =
        expand("${env:SLUICE_TEST_UNSET}/${file:/nonexistent}/$${x}", references::leave, "/");
    CHECK(got.errors.empty());
    CHECK(got.has_references);
    CHECK(got.text.reveal() == "${env:SLUICE_TEST_UNSET}/${file:/nonexistent}/$${x}");
    CHECK(expand("$${x}", references::leave, "/").text.reveal() == "${x}");
}
