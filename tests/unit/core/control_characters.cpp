#include "core/control_characters.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::literals;

TEST_CASE("control_characters: C0, DEL and C1 are told from what is only near them")
{
    for (const std::string_view text : {"\0"sv, "\n"sv, "\x1b[2J"sv, "\x1f"sv, "\x7f"sv})
        CHECK(control_bytes(text) == 1);
    for (const std::string_view text : {"\u0080"sv, "\u009b2J"sv, "\u009f"sv})
        CHECK(control_bytes(text) == 2);
    // A no-break space, letters whose second byte is that of a control character, a sequence that
    // is cut.
    for (const std::string_view text :
         {""sv, " "sv, "~"sv, "\u00a0"sv, "\u00db"sv, "\u011b"sv, "\xc2"sv, "\xc2x"sv})
        CHECK(control_bytes(text) == 0);
    CHECK(has_control_character("a\u0085"));
    CHECK_FALSE(has_control_character("\u00e9 \u20ac \U0001f600"));
}

TEST_CASE("control_characters: a text that is shown says nothing to the terminal")
{
    CHECK(printable("a\u009b31m\u00e9\x7f\n"s) == "a\\xc2\\x9b31m\u00e9\\x7f\\x0a");
    CHECK(printable("\u20ac\u011b\u00db") == "\u20ac\u011b\u00db");
    CHECK(printable("").empty());
}

TEST_CASE("control_characters: a line of the log stays one line")
{
    CHECK(one_line("a\r\nb\u0085c\u009bd\x7f") == "a  b c d ");
    CHECK(one_line("\u00e9") == "\u00e9");
}

TEST_CASE("control_characters: JSON means the same when it says nothing to the terminal")
{
    CHECK(printable_json("{\"a\u009b\":\"\x7f\\n\u00e9\"}") ==
          "{\"a\\u009b\":\"\\u007f\\n\u00e9\"}");
}
