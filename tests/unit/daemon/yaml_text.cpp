#include "daemon/init/yaml_text.hpp"

#include "config/references.hpp"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <random>
#include <string>

using sluice::daemon::yaml_scalar;
using sluice::daemon::yaml_text;
namespace config = sluice::config;

namespace {

// As a value and as a key, in a map on one line as columns are written.
std::string read_back(const std::string& written)
{
    const YAML::Node map = YAML::Load("{ " + written + ": 1, value: " + written + ", after: 2 }");
    REQUIRE(map.size() == 3);
    CHECK(map.begin()->first.Scalar() == map["value"].Scalar());
    return map["value"].Scalar();
}

std::string expanded(const std::string& text)
{
    const config::expansion out = config::expand(text, config::references::resolve, {});
    REQUIRE(out.errors.empty());
    CHECK_FALSE(out.has_references);
    return out.text.reveal();
}

} // namespace

TEST_CASE("yaml text: what is safe stands as it is, the rest in quotes")
{
    for (const char* const plain :
         {"user_id", "/user_id", "/", "/a/b-c.d1", "имя", "/größe", "nulls"})
        CHECK(yaml_scalar(plain) == plain);
    CHECK(yaml_scalar("null") == "\"null\"");
    CHECK(yaml_scalar("Yes") == "\"Yes\"");
    CHECK(yaml_scalar("1") == "\"1\"");
    CHECK(yaml_scalar("") == "\"\"");
    CHECK(yaml_scalar("a: b") == "\"a: b\"");
    CHECK(yaml_scalar("/a~1b") == "\"/a~1b\"");
    CHECK(yaml_scalar("a\"\\b") == "\"a\\\"\\\\b\"");
    CHECK(yaml_scalar("a\nb") == "\"a\\u000ab\"");
    CHECK(yaml_scalar("\u2028\U0001f600") == "\"\\u2028\\U0001f600\"");
    CHECK(yaml_scalar("${env:NAME}") == "\"${env:NAME}\"");
    CHECK(yaml_text("${env:NAME}") == "\"$${env:NAME}\"");
}

TEST_CASE("yaml text: every text is read back as it was")
{
    for (const std::string text :
         {"yes", "null", "~",      "1",         "1e3",  "0x1",    "#x",     ": ",
          "- a", "a #b", "{",      "}",         "[",    ",",      "!tag",   "&a",
          "*a",  "%",    "@",      "`",         "|",    ">",      "'",      "\"",
          "\\",  "? a",  "\t",     " a ",       "\x7f", "\u0085", "\ufeff", "\u2028",
          "${",  "$${",  "$$${x}", "${file:x}", "a${b", "\ufffe", "\u00a0"}) {
        INFO(text);
        CHECK(read_back(yaml_scalar(text)) == text);
        CHECK(expanded(read_back(yaml_text(text))) == text);
    }

    std::mt19937 random(20); // NOLINT(cert-msc51-cpp): the same texts each time
    const std::string letters[] = {"a",  "Z",  "0",  "_", "/",      "-",      ".",          " ",
                                   ":",  "#",  "\"", "'", "{",      "}",      "$",          "\\",
                                   "\n", "\t", ",",  "~", "\u00e9", "\u4e2d", "\U0001f600", "[",
                                   "]",  "&",  "?",  "|", "\x01"};
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (unsigned i = random() % 8; i > 0; --i)
            text += letters[random() % std::size(letters)];
        INFO(text);
        CHECK(expanded(read_back(yaml_text(text))) == text);
    }
}
