#include "sample_pipeline.hpp"
#include "transform/message_body.hpp"

#include <catch2/catch.hpp>

#include <cctype>
#include <string>

namespace {

using namespace sluice;
using test::message_options;
using test::response;

// The body that was opened; nothing if it is not what was sent.
std::optional<std::string> opened(response& from)
{
    transform::body_opener opener;
    delivery& all = from.get();
    if (!opener.open({&all, 0}))
        return std::nullopt;
    return std::string(all.messages[0].body);
}

std::optional<std::string> open_escaped(std::string_view token, message_options with = {})
{
    response from;
    from.add_escaped(token, with);
    return opened(from);
}

} // namespace

TEST_CASE("body: it is opened in place, and its MD5 is checked")
{
    for (const char* const body :
         {R"({"a":"b"})", R"({})", "{\"a\":\"\\\"\\n\"}", "{\"a\":\"\u00e9\t\"}", "not json"}) {
        response from;
        from.add(body);
        CHECK(opened(from) == body);
    }
}

TEST_CASE("body: an MD5 in upper case, or none, will do")
{
    message_options with;
    with.md5 = test::md5_of("{}");
    for (char& c : *with.md5)
        c = static_cast<char>(std::toupper(c));
    CHECK(open_escaped("{}", with) == "{}");
    with.md5 = "";
    CHECK(open_escaped("{}", with) == "{}");
}

TEST_CASE("body: another MD5 tells that the body is damaged")
{
    message_options with;
    for (const std::string& md5 :
         {test::md5_of("{ }"), std::string(32, '0'), std::string("d41d8cd9"),
          test::md5_of("{}") + "0", std::string(32, 'z')}) {
        with.md5 = md5;
        CHECK_FALSE(open_escaped("{}", with));
    }
}

TEST_CASE("body: a malformed escape tells that the response is damaged")
{
    CHECK_FALSE(open_escaped(R"({\x41})"));
    CHECK_FALSE(open_escaped(R"({}\)"));
    CHECK_FALSE(open_escaped(R"(\u12)"));
}

TEST_CASE("body: half of a surrogate pair has no MD5, and stays as bytes that are no UTF-8")
{
    message_options with;
    with.md5 = std::string(32, '0');
    CHECK(open_escaped(R"({\"a\":\"\ud800\"})", with) == "{\"a\":\"\xed\xa0\x80\"}");
}

TEST_CASE("body: it is opened once; what is open stays, what was damaged stays damaged")
{
    response good({R"({"a":"\\"})"});
    transform::body_opener opener;
    delivery& all = good.get();
    CHECK(opener.open({&all, 0}));
    const std::string body(all.messages[0].body);
    CHECK(opener.open({&all, 0}));
    CHECK(all.messages[0].body == body);

    response bad;
    message_options with;
    with.md5 = std::string(32, '0');
    bad.add_escaped(R"({\"a\":1})", with);
    delivery& damaged = bad.get();
    CHECK_FALSE(opener.open({&damaged, 0}));
    CHECK_FALSE(opener.open({&damaged, 0}));
}

TEST_CASE("body: a message without one is damaged")
{
    delivery none;
    none.count = 1;
    transform::body_opener opener;
    CHECK_FALSE(opener.open({&none, 0}));
}

TEST_CASE("body: opening one message leaves its neighbours alone")
{
    response from({R"({"a":"1"})", R"({"a":"2"})", R"({"a":"3"})"});
    delivery& all = from.get();
    transform::body_opener opener;
    CHECK(opener.open({&all, 1}));
    CHECK(opener.open({&all, 0}));
    CHECK(opener.open({&all, 2}));
    CHECK(all.messages[0].body == R"({"a":"1"})");
    CHECK(all.messages[1].body == R"({"a":"2"})");
    CHECK(all.messages[2].body == R"({"a":"3"})");
}

TEST_CASE("body: a delivery is opened together, and what is damaged in it harms nothing else")
{
    response from;
    message_options damaged;
    damaged.md5 = std::string(32, '0');
    message_options without;
    without.md5 = "";
    from.add(R"({"a":"whole"})");
    from.add_escaped(R"({\"a\":\"damaged\"})", damaged);
    from.add_escaped(R"({\"a\":\"no MD5\"})", without);
    from.add_escaped(R"({\x})");
    from.add(R"({"a":"not asked for"})");
    from.add(std::string(1000, 'x'));
    from.add("");
    delivery& all = from.get();
    transform::body_opener opener;
    opener.open(all, 0b1101111);
    CHECK(all.messages[0].body == R"({"a":"whole"})");
    CHECK(all.messages[1].body.data() == nullptr);
    CHECK(all.messages[2].body == R"({"a":"no MD5"})");
    CHECK(all.messages[3].body.data() == nullptr);
    CHECK(all.messages[4].body.data() == nullptr);
    CHECK(all.messages[5].body == std::string(1000, 'x'));
    CHECK(all.messages[6].body.data() != nullptr);
    CHECK(all.messages[6].body.empty());
    for (std::uint8_t i = 0; i < all.count; ++i)
        CHECK(opener.open({&all, i}) == (i != 1 && i != 3));
}

TEST_CASE("body: ten of about one length are checked as strictly as one")
{
    for (std::size_t broken = 0; broken < messages_per_call; ++broken) {
        response from;
        for (std::size_t i = 0; i < messages_per_call; ++i) {
            message_options with;
            const std::string body = "{}" + std::string(150 + i, ' ');
            with.md5 = test::md5_of(i == broken ? body + " " : body);
            from.add_escaped(body, with);
        }
        transform::body_opener opener;
        delivery& all = from.get();
        opener.open(all, 0b1111111111);
        for (std::size_t i = 0; i < messages_per_call; ++i)
            CHECK((all.messages[i].body.data() == nullptr) == (i == broken));
    }
}
