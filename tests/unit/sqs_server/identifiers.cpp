// Message ids, handles, digests and the short memory.
#include "sqs_server/model/identifiers.hpp"

#include "sqs_server/model/digest.hpp"
#include "sqs_server/model/memory.hpp"
#include "sqs_server/model/refusal.hpp"

#include <catch2/catch.hpp>

#include <regex>

namespace sluice::sqs_server {
namespace {

constexpr receipt sample{.queue = 7,
                         .slot = 123'456,
                         .number = 9'876'543'210,
                         .receive = 3,
                         .received_at = wall_time(std::chrono::milliseconds(1'768'469'401'250))};

} // namespace

TEST_CASE("identifiers: a message id is a random UUID")
{
    random_source random(1);
    const std::string first = message_id::draw(random).text();
    CHECK(std::regex_match(
        first, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
    CHECK(first != message_id::draw(random).text());
}

TEST_CASE("identifiers: a handle is read back as it was written, and is as long as those of SQS")
{
    const std::string text = handle_of(sample);
    CHECK(text.size() == handle_characters);
    CHECK(read_handle(text) == sample);
}

TEST_CASE("identifiers: a handle with any character changed is no handle")
{
    const std::string text = handle_of(sample);
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string damaged = text;
        damaged[i] = damaged[i] == 'b' ? 'c' : 'b';
        INFO(i);
        CHECK_FALSE(read_handle(damaged));
    }
    CHECK_FALSE(read_handle(""));
    CHECK_FALSE(read_handle("garbage"));
    CHECK_FALSE(read_handle(text + "x"));
    CHECK_FALSE(read_handle(text.substr(1)));
}

TEST_CASE("digest: MD5 and SHA-256 of known texts, one after the other")
{
    digest md5("MD5");
    CHECK(md5("hello") == "5d41402abc4b2a76b9719d911017c592");
    CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
    md5.update("hel");
    md5.update("lo");
    CHECK(md5.finish() == "5d41402abc4b2a76b9719d911017c592");
    CHECK(digest("SHA256")("abc") ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_THROWS_WITH(digest("no such"), Catch::Contains("no such"));
}

TEST_CASE("short memory: a value is kept for five minutes from when it was last put")
{
    short_memory<int> memory;
    wall_time now{};
    memory.put("a", 1, now);
    now += std::chrono::minutes(4);
    memory.put("a", 2, now);
    now += std::chrono::minutes(4);
    REQUIRE(memory.find("a", now) != nullptr);
    CHECK(*memory.find("a", now) == 2);
    CHECK(memory.find("b", now) == nullptr);
    now += std::chrono::minutes(1);
    CHECK(memory.find("a", now) == nullptr);
}

TEST_CASE("refusal: forms carry the codes and statuses of SQS")
{
    CHECK(form_of(errc::queue_does_not_exist).type == "com.amazonaws.sqs#QueueDoesNotExist");
    CHECK(form_of(errc::queue_does_not_exist).legacy_code ==
          "AWS.SimpleQueueService.NonExistentQueue");
    CHECK(form_of(errc::receipt_handle_is_invalid).status == 404);
    CHECK(form_of(errc::over_limit).status == 403);
    CHECK(form_of(errc::slow_down).status == 503);
    CHECK_FALSE(form_of(errc::request_throttled).sender_fault);
    CHECK(form_of(errc::unrecognized_client).legacy_code == "InvalidClientTokenId");
}

} // namespace sluice::sqs_server
