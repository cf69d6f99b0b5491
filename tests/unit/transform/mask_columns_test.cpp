#include "sample_pipeline.hpp"
#include "transform/mask/sealed_text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>

namespace {

using namespace sluice;
using namespace sluice::transform;
using config::mask_kind;
using test::bench;
using test::column;
using test::pipeline_of;
using type = config::column_type;

config::column masked(type what, mask_kind how, std::optional<std::size_t> max_length = {})
{
    config::column out = column("v", what);
    out.mask = how;
    out.max_length = max_length;
    return out;
}

std::string became(bench& with, std::string_view json)
{
    const auto out = with.once("{\"v\":" + std::string(json) + "}");
    if (!out.letter.empty())
        return out.letter.substr(0, out.letter.find("; byte offset"));
    return out.row[0].value_or("null");
}

mask::clear_value open(bench& with, const std::string& sealed)
{
    mask::opener opener(with.keys);
    const auto out = opener.open(sealed, "public.sample.v");
    REQUIRE(out.has_value());
    return *out;
}

} // namespace

TEST_CASE("masked column: seal keeps the exact bytes of a text, and equality")
{
    bench used(pipeline_of({masked(type::text, mask_kind::seal)}));
    const std::string sealed = became(used, R"("10.0.0.1\u00e9\n")");
    CHECK(sealed.starts_with("p1." + used.keys.primary().id + "."));
    CHECK(open(used, sealed).bytes == "10.0.0.1\u00e9\n");
    CHECK(open(used, sealed).what == mask::content::text);
    CHECK(became(used, "\"10.0.0.1\u00e9\\n\"") == sealed); // another spelling, the same text
    CHECK(became(used, R"("10.0.0.2")") != sealed);
    CHECK(open(used, became(used, R"("")")).bytes.empty());
    CHECK(became(used, "null") == "null");
}

TEST_CASE("masked column: inet is sealed as its canonical bytes")
{
    bench used(pipeline_of({masked(type::inet, mask_kind::seal)}));
    const std::string sealed = became(used, R"("2001:DB8:0::1")");
    CHECK(became(used, R"("2001:db8::1")") == sealed);
    CHECK(open(used, sealed).bytes.size() == 16);
    CHECK(open(used, became(used, R"("198.51.100.7")")).bytes == "\xc6\x33\x64\x07");
    CHECK(open(used, became(used, R"("198.51.100.7")")).what == mask::content::inet);
    CHECK(became(used, R"("10.0.0.0/8")") == "cannot_mask v: not one address");
    CHECK(became(used, R"("nowhere")") == "unparsable v: no IPv4 or IPv6 address");
}

TEST_CASE("masked column: a token is short, keeps equality, and is not opened")
{
    bench used(pipeline_of({masked(type::text, mask_kind::token)}));
    const std::string token = became(used, R"("593-47-5928")");
    CHECK(token.starts_with("t1." + used.keys.primary().id + "."));
    CHECK(became(used, R"("593\u002d47-5928")") == token);
    CHECK(became(used, R"("593-47-5929")") != token);
    mask::opener opener(used.keys);
    CHECK(opener.open(token, "public.sample.v").error() == mask::errc::one_way);
}

TEST_CASE("masked column: max_length bounds what is stored")
{
    // "p1." id "." and 4/3 of a tag, a type byte and the text.
    const auto stored = [](std::size_t clear) { return mask::sealed_size(3 + 6 + 1, clear); };
    bench used(pipeline_of({masked(type::text, mask_kind::seal, stored(10))}));
    CHECK(became(used, "\"" + std::string(10, 'x') + "\"").size() == stored(10));
    CHECK(became(used, "\"" + std::string(11, 'x') + "\"") ==
          fmt::format("too_long v: max_length {}, got {} once masked", stored(10), stored(11)));
    bench tokens(pipeline_of({masked(type::text, mask_kind::token, 31)}));
    CHECK(became(tokens, "\"x\"") == "too_long v: max_length 31, got 32 once masked");
}

TEST_CASE("masked column: redact, drop and truncate_ip leave what they say")
{
    bench redact(pipeline_of({masked(type::integer, mask_kind::redact)}));
    CHECK(became(redact, "42") == "[redacted]");
    CHECK(became(redact, "null") == "null");
    CHECK(became(redact, R"("x")") == "wrong_type v: got text");
    bench drop(pipeline_of({masked(type::jsonb, mask_kind::drop)}));
    CHECK(became(drop, R"({"a":1})") == "null");
    bench inet(pipeline_of({masked(type::inet, mask_kind::truncate_ip)}));
    CHECK(became(inet, R"("199.172.111.135")") == "199.172.111.0/24");
    CHECK(became(inet, R"("2001:db8:1:2::3")") == "2001:db8:1::/48");
    bench text(pipeline_of({masked(type::text, mask_kind::truncate_ip)}));
    CHECK(became(text, R"("199.172.111.135")") == "199.172.111.0/24");
    CHECK(became(text, R"("my house")") == "cannot_mask v: no IPv4 or IPv6 address");
    bench narrow(pipeline_of({masked(type::text, mask_kind::truncate_ip, 10)}));
    CHECK(became(narrow, R"("199.172.111.135")") ==
          "too_long v: max_length 10, got 16 once masked");
}

TEST_CASE("masked column: drop needs no sound value, since it keeps none")
{
    bench drop(pipeline_of({masked(type::integer, mask_kind::drop)}));
    CHECK(became(drop, R"("not a number")") == "null");
}

TEST_CASE("masked column: checks look at the clear value")
{
    config::column of = masked(type::text, mask_kind::seal);
    of.matches = "[0-9.]+";
    bench used(pipeline_of({of}));
    CHECK(became(used, R"("1.2.3.4")").starts_with("p1."));
    CHECK(became(used, R"("secret")") == "no_match v: does not match matches");
}

TEST_CASE("masked column: parse comes before the mask, so that equal values are equal")
{
    config::column of = masked(type::text, mask_kind::token);
    of.parse = {{config::parse_verb::trim, ""}, {config::parse_verb::lower, ""}};
    bench used(pipeline_of({of}));
    CHECK(became(used, R"("  Bob@Example.COM ")") == became(used, R"("bob@example.com")"));
}

TEST_CASE("masked column: a default is masked too")
{
    config::column of = masked(type::text, mask_kind::seal);
    of.fallback = {false, "unknown"};
    bench used(pipeline_of({of}));
    const auto row = used.once("{}").row;
    REQUIRE(row[0]);
    CHECK(open(used, *row[0]).bytes == "unknown");
}

TEST_CASE("masked column: columns that share a domain can be joined, others cannot")
{
    const auto in_domain = [](const char* name, const char* domain) {
        config::column out = column(name, type::text, {"v"});
        out.mask = mask_kind::seal;
        out.domain = domain;
        return out;
    };
    bench used(pipeline_of({in_domain("a", "ip"), in_domain("b", "ip"), in_domain("c", "")}));
    const auto row = used.once(R"({"v":"x"})").row;
    CHECK(row[0] == row[1]);
    CHECK(row[0] != row[2]);
}

TEST_CASE("masked column: no clear value is anywhere in a batch, whatever the message is like")
{
    const std::string canary = "canary-4711";
    const std::string bodies[] = {
        R"({"user_id":"u1","ip":"canary-4711","device_id":"canary-4711"})",
        R"({"user_id":"u1","ip":"\u0063anary-4711","device_id":"can\u0061ry\u002d4711"})",
        R"({"user_id":1,"ip":"canary-4711"})",
        R"({"user_id":"u1","ip":["canary-4711"]})",
        R"({"user_id":"u1","ip":{"canary-4711":"canary-4711"}})",
        R"({"user_id":"u1","ip":"canary-4711","ip":"canary-4711"})",
        R"({"user_id":"u1","ip":"canary-4711\u0000"})",
        R"({"user_id":"u1","ip":"canary-4711\ud800"})",
        R"({"user_id":"u1","app_version":"canary-4711"})",
        R"({"user_id":"u1","app_version":{"canary-4711":1}})",
        R"({"user_id":"u1","canary-4711":{"nested":["canary-4711",{"k":"canary-4711"}]}})",
        R"({"user_id":"u1","json":"{\"ip\":\"canary-4711\"}","ip":"{\"ip\":\"canary-4711\"}"})",
        R"({"user_id":"u1","locale":["canary-4711"]})",
        R"({"user_id":"u1","ip":"canary-4711")",
        "canary-4711",
        "\"canary-4711\"",
        "{canary-4711}",
        "",
        R"({"user_id":"u1","ip":")" + std::string(2000, 'x') + R"(canary-4711"})",
    };
    bench used(test::user_logins());
    int letters = 0;
    for (const std::string& body : bodies) {
        CAPTURE(body);
        const test::message_options with{
            .attributes = R"({"ip":{"DataType":"String","StringValue":"canary-4711"}})"};
        used.clear();
        used.add(body, with);
        letters += static_cast<int>(used.batch.letter_entries.size());
        REQUIRE(used.batch.corrupt.empty());
        CHECK(used.all_bytes().find(canary) == std::string::npos);
        CHECK(used.all_bytes().find("4711") == std::string::npos);
    }
    CHECK(letters > 10);
}

TEST_CASE("masked column: a refused message leaves no clear value in the memory that is sent")
{
    // The masked column comes first and is written; a later one refuses the row.
    config::column clear = column("clear", type::text, {"c"});
    config::column refused = column("refused", type::integer, {"r"});
    bench used(pipeline_of({masked(type::text, mask_kind::seal), clear, refused}));
    used.add(R"({"v":"canary","c":"canary","r":"x"})", {.id = "a"});
    used.add(R"({"v":"other","c":"other","r":1})", {.id = "b"});
    CHECK(used.batch.rows.size() == 1);
    CHECK(used.all_bytes().find("canary") == std::string::npos);
}

TEST_CASE("masked column: every pair of masks holds over many values")
{
    for (const mask_kind how : {mask_kind::seal, mask_kind::token, mask_kind::redact}) {
        bench used(pipeline_of({masked(type::text, how)}));
        for (int i = 0; i < 300; ++i) {
            const std::string value = fmt::format("person-{}-{}", i, std::string(i % 40, 'z'));
            const std::string stored = became(used, "\"" + value + "\"");
            REQUIRE(stored.find("person") == std::string::npos);
            if (how == mask_kind::seal)
                REQUIRE(open(used, stored).bytes == value);
        }
    }
}
