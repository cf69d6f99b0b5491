#include "config/finding.hpp"

#include <catch2/catch.hpp>

using namespace sluice::config;

TEST_CASE("finding: a line names file, line, key, what is wrong, and what to do")
{
    CHECK(to_string("f.yaml", {severity::error, 7, 3, "a.b", {"is wrong", "correct it"}}) ==
          "f.yaml:7: a.b: is wrong; correct it");
    CHECK(to_string("f.yaml", {severity::warning, 7, 3, "a.b", {"is odd", "look again"}}) ==
          "f.yaml:7: a.b: warning: is odd; look again");
    CHECK(to_string("f.yaml", {severity::error, 0, 0, "", {"is empty", "fill it"}}) ==
          "f.yaml: is empty; fill it");
}

TEST_CASE("finding: no text of the file can break the line")
{
    const finding odd{severity::error, 1, 0, "a\nb", {"x\r\x1b[2J\x7f\u009b", "y"}};
    CHECK(to_string("f\t.yaml", odd) == "f\\x09.yaml:1: a\\x0ab: x\\x0d\\x1b[2J\\x7f\\xc2\\x9b; y");
}

TEST_CASE("finding: a quoted text is cut between characters, never inside one")
{
    CHECK(in_quotes("") == "\"\"");
    CHECK(in_quotes("a\nb") == "\"a\\x0ab\"");
    const std::string sixty(60, 'x');
    CHECK(in_quotes(sixty) == "\"" + sixty + "\"");
    CHECK(in_quotes(sixty + "y") == "\"" + sixty + "...\"");
    // The 60th byte is the first of a two-byte character.
    CHECK(in_quotes(std::string(59, 'x') + "\u00e9 tail") == "\"" + std::string(59, 'x') + "...\"");
}
