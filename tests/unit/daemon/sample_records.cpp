#include "daemon/init/sample_records.hpp"

#include "core/encoding.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <zlib.h>

#include <array>
#include <sstream>
#include <string>
#include <vector>

using namespace sluice::daemon;
using sluice::config::body_encoding;
using sluice::config::body_format;

namespace {

struct sample_outcome
{
    std::vector<std::string> records;
    std::vector<std::string> refused; // "LINE: why"
    samples_read read;
};

sample_outcome read_text(const std::string& text)
{
    sample_outcome out;
    std::istringstream in(text);
    out.read = read_samples(
        in, {.take = [&](std::string_view record) { out.records.emplace_back(record); },
             .refuse =
                 [&](std::uint64_t line, const std::string& why) {
                     out.refused.push_back(std::to_string(line) + ": " + why);
                 }});
    CHECK(out.read.records == out.records.size());
    CHECK_FALSE(out.read.is_broken);
    return out;
}

std::string notification(const std::string& message)
{
    return boost::json::serialize(boost::json::object{
        {"Type", "Notification"}, {"TopicArn", "arn:aws:sns:x"}, {"Message", message}});
}

std::string packed(const std::string& text)
{
    constexpr int gzip_window_bits = 15 + 16;
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, 8,
                         Z_DEFAULT_STRATEGY) == Z_OK);
    std::array<unsigned char, 4096> out;
    std::string in = text;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    const std::size_t size = out.size() - stream.avail_out;
    deflateEnd(&stream);
    return sluice::to_base64(std::span(out).first(size));
}

std::string received(std::initializer_list<std::string> bodies)
{
    boost::json::array messages;
    for (const std::string& each : bodies)
        messages.push_back({{"MessageId", "m"}, {"ReceiptHandle", "r"}, {"Body", each}});
    return boost::json::serialize(boost::json::object{{"Messages", messages}});
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("sample records: one a line, and the rest is told")
{
    const sample_outcome got = read_text("{\"a\":1}\r\n\noops\n[1]\n{\"a\":2} \n{\"a\":1,\"a\":2}\n"
                                         "{\"a\":\"\\u0000\"}\n{\"a\":3}");
    CHECK(got.records == texts{"{\"a\":1}", "{\"a\":2} ", "{\"a\":3}"});
    const std::string remedy = "; correct it, or leave it out";
    CHECK(got.refused ==
          texts{"3: would be a dead letter, not_json_object (byte offset 0)" + remedy,
                "4: would be a dead letter, not_json_object (byte offset 0)" + remedy,
                "6: would be a dead letter, duplicate_key (byte offset 7)" + remedy,
                "7: would be a dead letter, invalid_text (byte offset 5)" + remedy});
    CHECK(got.read.form.is_bare());
    CHECK_FALSE(got.read.is_cut);
}

TEST_CASE("sample records: what SQS would not take is told as by sluice send")
{
    const std::string huge = "{\"a\":\"" + std::string(std::size_t{1} << 20, 'x') + "\"}";
    const sample_outcome got = read_text(huge + "\n{\"a\":\"\xff\"}\n{\"a\":1}\n");
    CHECK(got.records == texts{"{\"a\":1}"});
    CHECK(got.refused ==
          texts{"1: is longer than 1048576 bytes, the most that SQS takes; make it shorter",
                "2: is no UTF-8, which is all that SQS takes; convert the file"});
}

TEST_CASE("sample records: an object may be spread over lines")
{
    const sample_outcome got =
        read_text("{\n  \"a\": {\n    \"b\": 1\n  }\n}\n{\"a\":2}\n{\n  \"a\": 3\n}\n");
    CHECK(got.records ==
          texts{"{\n  \"a\": {\n    \"b\": 1\n  }\n}", "{\"a\":2}", "{\n  \"a\": 3\n}"});
    CHECK(got.refused.empty());

    const sample_outcome open = read_text("{\"a\":1}\n{\n \"a\": 2\n");
    CHECK(open.records == texts{"{\"a\":1}"});
    CHECK(open.refused == texts{"2: begins an object that has no end; write a } at its end"});
}

TEST_CASE("sample records: taken out of what aws sqs receive-message prints")
{
    const sample_outcome got = read_text(received({R"({"a":1})", "oops", R"({"a":2})"}) + "\n" +
                                         R"({"ReceiptHandle":"r","Body":"{\"a\":3}"})");
    CHECK(got.records == texts{R"({"a":1})", R"({"a":2})", R"({"a":3})"});
    REQUIRE(got.refused.size() == 1);
    CHECK(got.refused[0].starts_with("1: would be a dead letter, not_json_object"));
    // A record that has a field of that name is a record.
    for (const std::string record :
         {R"({"ReceiptHandle":"r","a":1})", R"({"Messages":[{"ReceiptHandle":1}]})"})
        CHECK(read_text(record).records == texts{record});
}

TEST_CASE("sample records: taken out of their envelopes")
{
    const std::string record = R"({"user_id":"u"})";
    struct
    {
        std::string body;
        body_format format;
        body_encoding encoding;
    } const cases[] = {
        {record, body_format::json, body_encoding::plain},
        {notification(record), body_format::sns_json, body_encoding::plain},
        {packed(record), body_format::json, body_encoding::base64_gzip},
        {notification(packed(record)), body_format::sns_json, body_encoding::base64_gzip},
    };
    for (const auto& each : cases) {
        const sample_outcome got = read_text(each.body + "\n" + each.body);
        CHECK(got.records == texts{record, record});
        CHECK(got.refused.empty());
        CHECK(got.read.form == sluice::config::body_form{each.format, each.encoding});
    }
    CHECK(read_text(received({notification(record)})).records == texts{record});
}

TEST_CASE("sample records: the first decides how all are wrapped")
{
    const std::string record = R"({"a":1})";
    const sample_outcome got = read_text("oops\n" + notification(record) + "\n" + record + "\n");
    CHECK(got.records == texts{record});
    REQUIRE(got.refused.size() == 2);
    CHECK(got.refused[1] ==
          "3: is a bare record, and those before it are not: an SNS notification; put "
          "what comes from one queue into a file");
}

TEST_CASE("sample records: no more are looked at than tell anything")
{
    std::string text;
    for (std::size_t i = 0; i < samples_max; ++i)
        text += "{}\n";
    CHECK_FALSE(read_text(text).read.is_cut);
    const sample_outcome more = read_text(text + "oops\n");
    CHECK(more.read.is_cut);
    CHECK(more.read.records == samples_max);
    CHECK(more.refused.empty());
}
