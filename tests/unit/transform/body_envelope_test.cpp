#include "core/encoding.hpp"
#include "sample_pipeline.hpp"
#include "transform/body_envelope.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <zlib.h>

#include <string>

namespace {

using namespace sluice;
using namespace sluice::transform;
using test::bench;

constexpr config::body_form of_sns{.format = config::body_format::sns_json};
constexpr config::body_form of_gzip{.encoding = config::body_encoding::base64_gzip};
constexpr config::body_form of_both{.format = config::body_format::sns_json,
                                    .encoding = config::body_encoding::base64_gzip};

constexpr const char* login = R"({"user_id":"u1","locale":"RU"})";

std::string quoted(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

// As SNS sends it to a queue that has not asked for raw delivery.
std::string notification(std::string_view message, std::string_view more = "")
{
    return fmt::format(R"({{"Type":"Notification","MessageId":"22b80b92","TopicArn":"arn:aws:sns:)"
                       R"(us-east-1:1:t","Subject":"s","Message":{},"Timestamp":)"
                       R"("2025-11-20T12:00:00.000Z","SignatureVersion":"1"{}}})",
                       quoted(message), more);
}

// As EventBridge sends it.
std::string event(std::string_view detail)
{
    return fmt::format(R"({{"version":"0","id":"6a7e8feb","detail-type":"login","source":"app",)"
                       R"("account":"1","time":"2025-11-20T12:00:00Z","region":"us-east-1",)"
                       R"("resources":[],"detail":{}}})",
                       detail);
}

std::string gzipped(std::string_view text)
{
    z_stream stream{};
    constexpr int gzip_window_bits = 15 + 16;
    constexpr int memory_level = 8;
    REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                         Z_DEFAULT_STRATEGY) == Z_OK);
    std::string in(text);
    std::string out(deflateBound(&stream, in.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string packed(std::string_view text)
{
    return to_base64(as_bytes(gzipped(text)));
}

config::pipeline logins(config::body_form form)
{
    config::pipeline out = test::pipeline_of(
        {test::column("user_id", config::column_type::text),
         test::column("locale", config::column_type::text),
         test::metadata_column("kind", config::column_type::text, config::metadata::attribute,
                               "kind"),
         test::metadata_column("whole", config::column_type::text, config::metadata::body)});
    out.record.form = form;
    return out;
}

} // namespace

TEST_CASE("envelope: the message of an SNS notification becomes the row, its attributes with it")
{
    bench used(logins(of_sns));
    const std::string body =
        notification(login, R"(,"MessageAttributes":{"kind":{"Type":"String","Value":"first"}})");
    const auto became = used.once(body);
    REQUIRE(became.letter.empty());
    CHECK(became.row[0] == "u1");
    CHECK(became.row[1] == "RU");
    CHECK(became.row[2] == "first");
    CHECK(became.row[3] == login); // @body is the record
    CHECK_FALSE(used.once(notification(login)).row[2]);
}

TEST_CASE("envelope: the text of a message is opened whatever its escapes are")
{
    bench used(logins(of_sns));
    const auto became = used.once(R"({"Type":"Notification","Message":)"
                                  R"("{\"user_id\":\"\u00fc\\n\\u00fc\"}"})");
    REQUIRE(became.letter.empty());
    CHECK(became.row[0] == "\u00fc\n\u00fc");
}

TEST_CASE("envelope: what is no notification is a dead letter that says so")
{
    bench used(logins(of_sns));
    const auto letter = [&used](std::string_view body) { return used.once(body).letter; };
    CHECK(letter(login) ==
          "bad_envelope : the body is no SNS notification; if the topic delivers raw, "
          "set format: json");
    CHECK(letter(R"({"Type":"SubscriptionConfirmation","Message":"{}"})") ==
          "bad_envelope : the body is no SNS notification; if the topic delivers raw, set format: "
          "json");
    CHECK(letter(R"({"Type":"Notification","Message":{}})") ==
          "bad_envelope : Message of the SNS notification is no text");
    CHECK(letter(R"({"Type":"Notification"})") ==
          "bad_envelope : Message of the SNS notification is no text");
    CHECK(letter("oops") == "not_json_object : byte offset 0");
    CHECK(letter(R"({"Type":"Notification","Message":"{}","Message":"{}"})") ==
          "duplicate_key : byte offset 38");
    CHECK(letter(notification("oops")) == "not_json_object : byte offset 0");
    CHECK(letter(notification(R"({"user_id":1})")) ==
          "wrong_type user_id: got a number; byte offset 11");
}

TEST_CASE("envelope: an EventBridge event needs none: pointers lead into its detail")
{
    bench used(test::pipeline_of(
        {test::column("user_id", config::column_type::text, {"detail", "user_id"}),
         test::column("kind", config::column_type::text, {"detail-type"}),
         test::column("at", config::column_type::timestamptz, {"time"})}));
    const auto became = used.once(event(login));
    REQUIRE(became.letter.empty());
    CHECK(became.row == test::elements{"u1", "login", "2025-11-20 12:00:00+00"});
}

TEST_CASE(
    "envelope: attributes of SNS are texts, numbers and bytes, and those of SQS are not asked")
{
    config::pipeline from =
        test::pipeline_of({test::metadata_column("kind", config::column_type::text,
                                                 config::metadata::attribute, "kind"),
                           test::metadata_column("tries", config::column_type::integer,
                                                 config::metadata::attribute, "tries"),
                           test::metadata_column("raw", config::column_type::bytea,
                                                 config::metadata::attribute, "raw")});
    CHECK(test::compiled(from)->uses_queue_attributes());
    from.record.form = of_sns;
    CHECK_FALSE(test::compiled(from)->uses_queue_attributes());
    bench used(from);
    const auto became = used.once(
        notification("{}", R"(,"MessageAttributes":{"kind":{"Type":"String","Value":"\u0061b"},)"
                           R"("tries":{"Type":"Number","Value":"3"},)"
                           R"("raw":{"Type":"Binary","Value":"AP8="}})"),
        {.attributes = R"({"kind":{"DataType":"String","StringValue":"other"}})"});
    REQUIRE(became.letter.empty());
    CHECK(became.row == test::elements{"ab", "3", "\\x00ff"});
    CHECK(used.once(notification("{}", R"(,"MessageAttributes":{"tries":{"Type":"Number",)"
                                       R"("Value":"x"}})"))
              .letter.starts_with("wrong_type tries"));
}

TEST_CASE("envelope: masks and dead letters hold nothing of what was wrapped in clear")
{
    config::pipeline from = test::pipeline_of({test::column("ip", config::column_type::inet)});
    from.record.columns[0].mask = config::mask_kind::seal;
    from.record.form = of_both;
    bench used(from);
    REQUIRE(used.add(notification(packed(R"({"ip":"192.0.2.77"})"))) == outcome::row);
    REQUIRE(used.add(notification(packed(R"({"ip":"192.0.2.777"})")), {.id = "b"}) ==
            outcome::dead_letter);
    CHECK(used.all_bytes().find("192.0.2.77") == std::string::npos);
    CHECK(used.all_bytes().find(packed(R"({"ip":"192.0.2.777"})")) == std::string::npos);
}

TEST_CASE("envelope: base64 of gzip is opened, inside of a notification too")
{
    bench plain(logins(of_gzip));
    CHECK(plain.once(packed(login)).row[0] == "u1");
    bench wrapped(logins(of_both));
    CHECK(wrapped.once(notification(packed(login))).row[0] == "u1");
    // Each body is opened anew, also after a bad one.
    CHECK(plain.once("x").letter.starts_with("bad_envelope"));
    CHECK(plain.once(packed(login)).row[1] == "RU");
}

TEST_CASE("envelope: what is packed otherwise, in part, or with more behind it is a dead letter")
{
    bench used(logins(of_gzip));
    const auto letter = [&used](std::string_view body) { return used.once(body).letter; };
    const std::string good = gzipped(login);
    const auto base64 = [](std::string_view bytes) { return to_base64(as_bytes(bytes)); };
    CHECK(letter(login) == "bad_envelope : is no base64");
    CHECK(letter(base64(login)) == "bad_envelope : is no gzip, or not all of it");
    for (std::size_t cut = 1; cut < good.size(); ++cut)
        CHECK(letter(base64(good.substr(0, cut))) == "bad_envelope : is no gzip, or not all of it");
    CHECK(letter(base64(good + "more")) == "bad_envelope : 4 bytes follow the gzip member");
    CHECK(letter(base64(good + good)).ends_with("bytes follow the gzip member"));
    std::string damaged = good;
    damaged[good.size() - 5] ^= 1; // the length that gzip ends with is right, its sum is not
    CHECK(letter(base64(damaged)) == "bad_envelope : is no gzip, or not all of it");
    CHECK(letter(packed("oops")) == "not_json_object : byte offset 0");
}

TEST_CASE("envelope: a bomb is a dead letter, however it is packed")
{
    bench used(logins(of_gzip));
    const auto padded_login = [](std::size_t spaces) { return login + std::string(spaces, ' '); };
    CHECK(used.once(packed(padded_login(60'000))).row[0] == "u1");
    CHECK(used.once(packed(padded_login(1'000'000))).letter ==
          "bad_envelope : unpacks to more than 100 times its size");
    // What packs less well may become larger, up to the limit.
    std::string noise(2 * body_envelope::unpacked_bytes_max, ' ');
    std::uint32_t state = 1;
    for (std::size_t i = 0; i < noise.size(); i += 50) {
        state = state * 1664525 + 1013904223;
        noise[i] = static_cast<char>("\n\t\r "[state >> 30]);
    }
    CHECK(used.once(packed(login + noise)).letter ==
          fmt::format("bad_envelope : unpacks to more than {} bytes",
                      body_envelope::unpacked_bytes_max));
    CHECK(used.once(packed(login + noise.substr(0, noise.size() / 4))).row[0] == "u1");
}
