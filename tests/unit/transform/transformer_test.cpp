#include "sample_pipeline.hpp"
#include "transform/json/number.hpp"
#include "transform/transformer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <random>
#include <string>

namespace {

using namespace sluice;
using namespace sluice::transform;
using config::metadata;
using test::bench;
using test::column;
using test::elements;
using test::message_options;
using test::metadata_column;
using test::pipeline_of;
using type = config::column_type;

constexpr const char* login =
    R"({"user_id":"424cdd21-063a-43a7-b91b-7ca1a833afae","app_version":"2.3.0",)"
    R"("device_type":"android","ip":"199.172.111.135","locale":"RU","device_id":"593-47-5928"})";

// Opens a sealed value of the bench's key.
std::string open(bench& with, const std::optional<std::string>& sealed, std::string_view domain)
{
    mask::opener opener(with.keys);
    REQUIRE(sealed);
    const auto clear = opener.open(*sealed, domain);
    REQUIRE(clear.has_value());
    return clear->bytes;
}

} // namespace

TEST_CASE("transformer: the sample login becomes its row")
{
    bench used(test::user_logins());
    const auto became = used.once(login);
    REQUIRE(became.row.size() == 7);
    CHECK(became.row[0] == "424cdd21-063a-43a7-b91b-7ca1a833afae");
    CHECK(became.row[1] == "android");
    CHECK(open(used, became.row[2], "public.user_logins.masked_ip") == "199.172.111.135");
    CHECK(open(used, became.row[3], "public.user_logins.masked_device_id") == "593-47-5928");
    CHECK(became.row[4] == "RU");
    CHECK(became.row[5] == "2");
    CHECK(became.row[6] == "2025-11-20");
}

TEST_CASE("transformer: the order of fields, white space and escaped keys do not matter")
{
    bench used(test::user_logins());
    const auto became = used.once("\n{ \"locale\" : null ,\t\"\\u0075ser_id\" : \"u1\", "
                                  "\"extra\": {\"deep\": [1, {}]}, \"app_version\": \"10\" } ");
    REQUIRE(became.letter.empty());
    CHECK(became.row[0] == "u1");
    CHECK_FALSE(became.row[1]);
    CHECK_FALSE(became.row[2]);
    CHECK_FALSE(became.row[4]);
    CHECK(became.row[5] == "10");
}

TEST_CASE("transformer: messages that are no logins become dead letters, with their reasons")
{
    bench used(test::user_logins());
    const auto letter = [&used](std::string_view body) { return used.once(body).letter; };
    CHECK(letter(R"({"foo":"oops_wrong_msg_type","bar":"123"})") ==
          "missing user_id: is not there");
    CHECK(letter("oops") == "not_json_object : byte offset 0");
    CHECK(letter("[]") == "not_json_object : byte offset 0");
    CHECK(letter(R"({"user_id":"u1"} x)") == "not_json_object : byte offset 0");
    CHECK(letter(R"({"user_id":"u1","user_id":"u2"})") == "duplicate_key : byte offset 16");
    CHECK(letter(R"({"user_id":5})") == "wrong_type user_id: got a number; byte offset 11");
    CHECK(letter(R"({"user_id":null})") == "missing user_id: is null; byte offset 11");
    CHECK(letter(R"({"user_id":"u1","app_version":"latest"})") ==
          "unparsable app_version: no version of the form 2.3.0; byte offset 30");
    CHECK(letter(R"({"user_id":"u1","ip":{"v4":"1.2.3.4"}})") ==
          "wrong_type masked_ip: got an object; byte offset 21");
    CHECK(letter(R"({"user_id":"a\u0000b"})") ==
          "invalid_text user_id: holds a NUL; byte offset 11");
    CHECK(letter("{\"user_id\":\"\xff\"}") == "invalid_text : byte offset 12");
    CHECK(letter("{\"user_id\":\"" + std::string(129, 'x') + "\"}") ==
          "too_long user_id: max_length 128, got 129; byte offset 11");
    const std::string deep = std::string(70, '[') + std::string(70, ']');
    CHECK(letter("{\"user_id\":\"u1\",\"x\":" + deep + "}").starts_with("too_deep : byte offset"));
}

TEST_CASE("transformer: the limits of the pipeline hold")
{
    config::pipeline one = test::user_logins();
    one.limits.json_depth = 2;
    one.limits.duplicate_keys_rejected = false;
    one.record.unknown = config::unknown_fields::reject;
    bench used(one);
    CHECK(used.once(R"({"user_id":"u1","user_id":"u2"})").row[0] == "u2");
    CHECK(used.once(R"({"user_id":"u1","x":1})").letter == "unknown_field : byte offset 16");
    CHECK(used.once(R"({"user_id":"u1","ip":[[1]]})").letter.starts_with("too_deep"));
}

TEST_CASE("transformer: a refused row leaves the columns as they were")
{
    bench used(test::user_logins());
    used.add(login, {.id = "a"});
    const std::string before = used.all_bytes();
    // Refused by the first column, one in the middle, the last but one, and as a whole.
    int bad = 0;
    for (const char* const body :
         {R"({"user_id":1})", R"({"user_id":"u","ip":"1","device_id":{}})",
          R"({"user_id":"u","ip":null,"device_id":null,"locale":null,"app_version":"x"})", "{"}) {
        CHECK(used.add(body, {.id = fmt::format("bad {}", bad++)}) == outcome::dead_letter);
        CHECK(used.batch.rows.size() == 1);
        for (const auto& each : used.batch.columns)
            CHECK(each.count() == 1);
    }
    CHECK(used.add(login, {.id = "b"}) == outcome::row);
    CHECK(used.row(0) == used.row(1));
    used.clear();
    used.add(login, {.id = "a"});
    CHECK(used.all_bytes() == before);
}

TEST_CASE("transformer: a batch stays in step: as many elements in every column as rows")
{
    bench used(test::user_logins());
    for (int i = 0; i < 60; ++i)
        used.add(i % 4 == 0 ? "{}" : login, {.id = std::to_string(i)});
    CHECK(used.batch.rows.size() == 45);
    CHECK(used.batch.row_keys.count() == 45);
    for (const auto& each : used.batch.columns)
        CHECK(each.count() == 45);
    CHECK(used.batch.letter_entries.size() == 15);
    auto& letters = used.batch.letters;
    for (const column_array* const each :
         {&letters.key, &letters.message_id, &letters.reason, &letters.sqlstate,
          &letters.column_name, &letters.detail, &letters.body, &letters.body_sealed,
          &letters.attributes, &letters.receive_count, &letters.sent_at, &letters.received_at})
        CHECK(each->count() == 15);
}

TEST_CASE("transformer: a message that is in the batch already keeps only its receipt")
{
    bench used(test::user_logins());
    CHECK(used.add(login) == outcome::row);
    CHECK(used.add(login) == outcome::duplicate);
    CHECK(used.add("{}", {.id = "x"}) == outcome::dead_letter);
    CHECK(used.add("{}", {.id = "x"}) == outcome::duplicate);
    CHECK(used.add(login, {.sent_at_ms = 1}) == outcome::row); // another message
    CHECK(used.batch.rows.size() == 2);
    CHECK(used.batch.duplicates.size() == 2);
    CHECK(used.batch.letter_entries.size() == 1);
}

TEST_CASE("transformer: a damaged message is neither stored nor taken for a duplicate")
{
    bench used(test::user_logins());
    message_options damaged;
    damaged.md5 = std::string(32, '0');
    CHECK(used.add(login, damaged) == outcome::corrupt);
    CHECK(used.add(login) == outcome::row); // the same message, whole this time
    CHECK(used.batch.corrupt.size() == 1);
    CHECK(used.batch.keys.size() == 1);
}

TEST_CASE("transformer: metadata becomes values")
{
    const std::vector<config::column> columns = {
        metadata_column("id", type::uuid, metadata::message_id),
        metadata_column("id_text", type::text, metadata::message_id),
        metadata_column("sent", type::timestamptz, metadata::sent_at),
        metadata_column("sent_plain", type::timestamp, metadata::sent_at),
        metadata_column("received", type::timestamptz, metadata::received_at),
        metadata_column("count", type::integer, metadata::receive_count),
        metadata_column("count_exact", type::numeric, metadata::receive_count),
        metadata_column("group", type::text, metadata::group_id),
        metadata_column("body", type::text, metadata::body),
        metadata_column("json", type::jsonb, metadata::body)};
    bench used(pipeline_of(columns));
    const auto row = used.once(R"( {"a":[1]} )", {.group_id = "acct-7", .receive_count = 3}).row;
    CHECK(row == elements{"0f3c8a52-7d5e-4b1c-9a57-1c2d3e4f5a6b",
                          "0f3c8a52-7d5e-4b1c-9a57-1c2d3e4f5a6b", "2025-11-20 12:00:00.123+00",
                          "2025-11-20 12:00:00.123", "2025-11-20 12:00:01+00", "3", "3", "acct-7",
                          R"( {"a":[1]} )", R"({"a":[1]})"});
    CHECK_FALSE(used.once("{}").row[7]);
    // Both are allowed in a MessageGroupId, and escaped in the response.
    CHECK(used.once("{}", {.group_id = R"(a\"b\\c)"}).row[7] == R"(a"b\c)");
    CHECK(used.once("{}", {.id = "no uuid"}).letter == "unparsable id: no UUID");
}

TEST_CASE("transformer: message attributes are texts, numbers and bytes")
{
    const std::vector<config::column> columns = {
        metadata_column("kind", type::text, metadata::attribute, "kind"),
        metadata_column("tries", type::integer, metadata::attribute, "tries"),
        metadata_column("raw", type::bytea, metadata::attribute, "raw"),
        metadata_column("when", type::timestamptz, metadata::attribute, "when")};
    bench used(pipeline_of(columns));
    const std::string attributes =
        R"({"kind":{"DataType":"String.x","StringValue":"in\nvoice"},)"
        R"("tries":{"StringValue":"42","DataType":"Number"},"other":{"DataType":"String"},)"
        R"("raw":{"DataType":"Binary","BinaryValue":"AQI="},)"
        R"("when":{"DataType":"String","StringValue":"2025-11-20T12:00:00Z"}})";
    CHECK(used.once("{}", {.attributes = attributes}).row ==
          elements{"in\nvoice", "42", "\\x0102", "2025-11-20 12:00:00+00"});
    CHECK(used.once("{}").row == elements(4));
    const auto letter = [&used](const char* text) {
        return used.once("{}", {.attributes = text}).letter;
    };
    CHECK(letter(R"({"tries":{"DataType":"String","StringValue":"42"}})") ==
          "wrong_type tries: got text");
    CHECK(letter(R"({"kind":{"DataType":"Number","StringValue":"42"}})") ==
          "wrong_type kind: got a number");
    CHECK(letter(R"({"tries":{"DataType":"Number","StringValue":"+42"}})") ==
          "wrong_type tries: got text");
    CHECK(letter(R"({"kind":{"DataType":"String","StringValue":"\u0000"}})") ==
          "invalid_text kind: holds a NUL");
    CHECK(letter(R"({"kind":)") == "unparsable : the message attributes are no JSON object");
}

TEST_CASE("transformer: attributes of one message never serve the next")
{
    bench used(pipeline_of({metadata_column("kind", type::text, metadata::attribute, "kind")}));
    used.add("{}",
             {.id = "a", .attributes = R"({"kind":{"DataType":"String","StringValue":"x"}})"});
    used.add("{}", {.id = "b"});
    CHECK(used.row(0)[0] == "x");
    CHECK_FALSE(used.row(1)[0]);
}

TEST_CASE("transformer: a dead letter tells all but values")
{
    bench used(test::user_logins());
    message_options with{.attributes = R"({"a":{"DataType":"String","StringValue":"b"}})",
                         .receive_count = 2};
    REQUIRE(used.add(R"({"user_id":7})", with) == outcome::dead_letter);
    auto& letters = used.batch.letters;
    const auto only = [](column_array& array) { return test::elements_of(array)[0]; };
    CHECK(only(letters.message_id) == with.id);
    CHECK(only(letters.reason) == "wrong_type");
    CHECK_FALSE(only(letters.sqlstate));
    CHECK(only(letters.column_name) == "user_id");
    CHECK(only(letters.detail) == "got a number; byte offset 11");
    CHECK(only(letters.body_sealed) == std::string("\1", 1));
    CHECK(open(used, only(letters.body), letter_body_domain) == R"({"user_id":7})");
    CHECK(open(used, only(letters.attributes), letter_attributes_domain) == with.attributes);
    CHECK(only(letters.receive_count) == std::string("\0\0\0\2", 4));
    typed_value sent;
    REQUIRE(from_binary(type::timestamptz, *only(letters.sent_at), sent));
    CHECK(sent.integer == 816955200123000);
    CHECK(used.batch.letter_entries[0].why == reason::wrong_type);
    CHECK(used.batch.letter_entries[0].column == 0);
    CHECK(used.batch.letter_entries[0].key == key_of(*used.batch.letter_entries[0].from));
}

TEST_CASE("transformer: a dead letter keeps its message group, sealed as its attributes")
{
    const std::string kind = R"("kind":{"DataType":"String","StringValue":"x"})";
    const std::string group = R"("@group_id":"a\"b\\")";
    for (const auto& [attributes, kept] : {std::pair<std::string, std::string>{"", group},
                                           {"{}", group},
                                           {"{ }", group},
                                           {"{" + kind + "}", group + "," + kind}}) {
        INFO(attributes);
        bench one(test::user_logins());
        REQUIRE(one.add("no JSON", {.group_id = R"(a\"b\\)", .attributes = attributes}) ==
                outcome::dead_letter);
        const auto stored = test::elements_of(one.batch.letters.attributes)[0];
        REQUIRE(stored);
        std::string opened = open(one, stored, letter_attributes_domain);
        CHECK(kept_group_id(opened) == R"(a\"b\\)");
        // Kept once, also when a replay is refused.
        message again;
        again.attributes = opened;
        again.group_id = kept_group_id(opened);
        CHECK(kept_attributes(again) == opened);
        std::erase(opened, ' ');
        CHECK(opened == "{" + kept + "}");
    }
    bench used(test::user_logins());
    REQUIRE(used.add("no JSON") == outcome::dead_letter);
    CHECK_FALSE(test::elements_of(used.batch.letters.attributes)[0]);
    for (const char* const none : {"", "{}", R"({"kind":{}})", R"({"@group_id":"cut\)",
                                   R"({"@group_id":{"StringValue":"an attribute"}})"})
        CHECK(kept_group_id(none).empty());
}

TEST_CASE("transformer: without a keyring a body is kept in clear only where nothing is masked")
{
    bench clear(pipeline_of({column("a", type::integer)}), false);
    REQUIRE(clear.add(R"({"a":"x"})", {.attributes = "{}"}) == outcome::dead_letter);
    CHECK(test::elements_of(clear.batch.letters.body)[0] == R"({"a":"x"})");
    CHECK(test::elements_of(clear.batch.letters.attributes)[0] == "{}");
    CHECK(test::elements_of(clear.batch.letters.body_sealed)[0] == std::string("\0", 1));

    config::column redacted = column("b", type::text);
    redacted.mask = config::mask_kind::redact;
    bench masked(pipeline_of({column("a", type::integer), redacted}), false);
    REQUIRE(masked.add(R"({"a":"x"})", {.attributes = "{}"}) == outcome::dead_letter);
    CHECK_FALSE(test::elements_of(masked.batch.letters.body)[0]);
    CHECK_FALSE(test::elements_of(masked.batch.letters.attributes)[0]);

    bench sealed(pipeline_of({column("a", type::integer)}), true);
    REQUIRE(sealed.add(R"({"a":"x"})") == outcome::dead_letter);
    CHECK(test::elements_of(sealed.batch.letters.body)[0]->starts_with("p1."));
}

TEST_CASE("transformer: it does not start without the key that a column needs")
{
    CHECK_THROWS_AS(bench(test::user_logins(), false), std::invalid_argument);
}

TEST_CASE("transformer: a message can be refused for what lies outside of it")
{
    bench used(test::user_logins());
    test::response from({login});
    delivery& all = from.get();
    CHECK(used.work.refuse({&all, 0}, reason::too_old, used.batch) == outcome::dead_letter);
    CHECK(used.letter() == "too_old : ");
    CHECK(open(used, test::elements_of(used.batch.letters.body)[0], letter_body_domain) == login);
    CHECK(used.work.refuse({&all, 0}, reason::poison, used.batch) == outcome::duplicate);
}

TEST_CASE("transformer: pointers lead into objects and arrays")
{
    bench used(pipeline_of({column("street", type::text, {"user", "address", "street"}),
                            column("second", type::integer, {"items", "1", "n"}),
                            column("slash", type::text, {"a/b", "~c"})}));
    CHECK(used.once(R"({"user":{"address":{"street":"Main"}},"items":[{"n":1},{"n":2}],)"
                    R"("a\/b":{"~c":"x"}})")
              .row == elements{"Main", "2", "x"});
    CHECK(used.once(R"({"user":[],"items":{"1":{"n":5}},"a/b":null})").row ==
          elements{std::nullopt, "5", std::nullopt});
}

TEST_CASE("transformer: random texts in every form of escape are stored as the intended bytes")
{
    bench used(pipeline_of({column("v", type::text)}));
    std::mt19937 random(7);
    const auto below = [&random](std::uint32_t bound) {
        return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random);
    };
    const std::vector<std::pair<std::string, std::string>> forms = {
        {R"(\")", "\""},
        {R"(\\)", "\\"},
        {R"(\/)", "/"},
        {R"(\b)", "\b"},
        {R"(\f)", "\f"},
        {R"(\n)", "\n"},
        {R"(\r)", "\r"},
        {R"(\t)", "\t"},
        {R"(\u0001)", "\x01"},
        {R"(\u007F)", "\x7f"},
        {R"(\u00e9)", "\u00e9"},
        {R"(\u20AC)", "\u20ac"},
        {R"(\ud83d\ude00)", "\U0001f600"},
        {"\u00e9", "\u00e9"},
        {"\U0001f600", "\U0001f600"},
        {"plain", "plain"},
        {" ", " "},
        {"'", "'"},
        {"{}[],:", "{}[],:"}};
    for (int round = 0; round < 2000; ++round) {
        std::string json = "{\"v\":\"";
        std::string expected;
        for (std::uint32_t left = below(24); left > 0; --left) {
            const auto& [form, means] = forms[below(static_cast<std::uint32_t>(forms.size()))];
            json += form;
            expected += means;
        }
        const auto became = used.once(json + "\"}");
        REQUIRE(became.letter.empty());
        REQUIRE(became.row[0] == expected);
    }
}

TEST_CASE("transformer: random documents reach jsonb as another parser reads them")
{
    namespace bj = boost::json;
    bench used(pipeline_of({column("v", type::jsonb)}));
    std::mt19937 random(9);
    const auto below = [&random](std::uint32_t bound) {
        return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random);
    };
    const std::function<bj::value(int)> draw = [&](int depth) -> bj::value {
        switch (below(depth == 0 ? 4 : 6)) {
        case 0:
            return bj::value(static_cast<std::int64_t>(below(1000000)) - 500000);
        case 1:
            return bj::value(below(1000) / 8.0);
        case 2:
            return below(3) == 0 ? bj::value(nullptr) : bj::value(below(2) == 0);
        case 3: {
            const char* const texts[] = {"", "a\"b", "\u00e9\n", "\\", "\U0001f600", "x/y"};
            return bj::value(texts[below(6)]);
        }
        case 4: {
            bj::array out;
            for (std::uint32_t left = below(4); left > 0; --left)
                out.push_back(draw(depth - 1));
            return out;
        }
        default: {
            bj::object out;
            for (std::uint32_t left = below(4); left > 0; --left)
                out[fmt::format("k\u00e9\"{}", left)] = draw(depth - 1);
            return out;
        }
        }
    };
    for (int round = 0; round < 1000; ++round) {
        const bj::value value = draw(4);
        const auto became = used.once("{\"v\": " + bj::serialize(value) + " }");
        REQUIRE(became.letter.empty());
        if (value.is_null())
            REQUIRE_FALSE(became.row[0]);
        else
            REQUIRE(bj::parse(*became.row[0]) == value);
    }
}

TEST_CASE("transformer: random bytes never crash it, and become exactly one row or letter")
{
    bench used(test::user_logins());
    std::mt19937 random(11);
    const auto below = [&random](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    const std::string pieces = "{}[]\",:\\u0019aeflnrstu \n\xc3\xa9\xff-+.";
    int rows = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string body = login;
        for (std::size_t changes = below(4); changes > 0; --changes) {
            const std::size_t at = below(body.size());
            switch (below(3)) {
            case 0:
                body[at] = pieces[below(pieces.size())];
                break;
            case 1:
                body.erase(at, 1 + below(5));
                break;
            default:
                body.insert(at, 1, pieces[below(pieces.size())]);
                break;
            }
            if (body.empty())
                body = "{}";
        }
        used.clear();
        const outcome became = used.add(body);
        REQUIRE((became == outcome::row || became == outcome::dead_letter));
        REQUIRE(used.batch.rows.size() + used.batch.letter_entries.size() == 1);
        rows += became == outcome::row ? 1 : 0;
        // A second parser takes whatever became a row.
        if (became == outcome::row)
            REQUIRE_NOTHROW(boost::json::parse(body));
    }
    CHECK(rows > 500);
    CHECK(rows < 4500);
}
