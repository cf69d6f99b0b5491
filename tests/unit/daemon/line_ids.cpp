#include "daemon/send/line_ids.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
using namespace sluice::daemon;

namespace {

config::json_pointer pointer(std::vector<std::string> path)
{
    return {std::move(path)};
}

message_line given(const line_id_rules& rules, const std::string& body, std::uint64_t number = 1)
{
    line_ids ids(rules);
    message_line line{.number = number, .body = body};
    const auto why = ids.give(line);
    INFO(why.value_or(""));
    CHECK_FALSE(why);
    CHECK(line.body == body);
    return line;
}

std::string refused(const line_id_rules& rules, const std::string& body)
{
    line_ids ids(rules);
    message_line line{.number = 1, .body = body};
    CHECK(line.body == body);
    const std::string why = ids.give(line).value_or("taken");
    CHECK(line.group_id.empty());
    CHECK(line.body == body);
    return why;
}

} // namespace

TEST_CASE("line ids: without rules a line has none, and need not be JSON")
{
    const message_line line = given({}, "not { JSON");
    CHECK(line.group_id.empty());
    CHECK(line.deduplication_id.empty());
}

TEST_CASE("line ids: a group is the same for all lines, or stands in each")
{
    CHECK(given({.group_id = "all"}, "not { JSON").group_id == "all");
    const line_id_rules rules{.group_from = pointer({"user", "a/b"})};
    CHECK(given(rules, R"({"user":{"a/b":"u-1"}})").group_id == "u-1");
    CHECK(given(rules, R"({"user":{"a/b":"\u0041\"\\"}})").group_id == "A\"\\");
    CHECK(given(rules, R"({"user":{"a/b": 17.50 }})").group_id == "17.50");
    CHECK(given(rules, R"({"user":{"a/b":true}})").group_id == "true");
    CHECK(given(rules, R"({"user":{"a/b":"first","a/b":"last"}})").group_id == "last");
    CHECK(given(rules, R"({"user":{"a/b":")" + std::string(128, 'x') + R"("}})").group_id.size() ==
          128);
}

TEST_CASE("line ids: a line without a group that SQS takes is refused, and the place is named")
{
    const line_id_rules rules{.group_from = pointer({"a/~"})};
    const std::string no_id =
        "has no text of 1 to 128 printable ASCII characters without blanks at "
        "/a~1~0, which is what SQS takes there; correct it";
    for (const std::string value :
         {R"("")", R"("a b")", R"("\u00e9")", R"("\u007f")", R"("\u0000")", "null", "[1]", "{}"})
        CHECK(refused(rules, R"({"a/~":)" + value + "}") == no_id);
    CHECK(refused(rules, R"({"a/~":")" + std::string(129, 'x') + R"("})") == no_id);
    CHECK(refused(rules, R"({"b":"x"})") == no_id);
    for (const char* const body : {"not JSON", "[]", R"({"a/~":"x")", R"("x")"})
        CHECK(refused(rules, body) == "is no JSON object, so nothing stands at /a~1~0; correct it");
}

TEST_CASE("line ids: lines are one message by number, by text or by a value in them")
{
    const line_id_rules by_line{.group_id = "g", .same = same_message::line, .run = "0f"};
    CHECK(given(by_line, "x", 1).deduplication_id == "0f-1");
    CHECK(given(by_line, "x", 23).deduplication_id == "0f-23");

    // The digest that a queue with ContentBasedDeduplication takes: SHA-256 of the body (FIPS
    // 180-2).
    const line_id_rules by_content{.group_id = "g", .same = same_message::content};
    CHECK(given(by_content, "abc").deduplication_id ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    const line_id_rules by_value{.group_from = pointer({"g"}),
                                 .same = same_message::value,
                                 .same_value_from = pointer({"id"})};
    const message_line line = given(by_value, R"({"id":7,"g":"x"})");
    CHECK(line.group_id == "x");
    CHECK(line.deduplication_id == "7");
    CHECK(refused(by_value, R"({"g":"x"})").find(" at /id, ") != std::string::npos);
    CHECK(refused(by_value, R"({"id":7})").find(" at /g, ") != std::string::npos);
}
