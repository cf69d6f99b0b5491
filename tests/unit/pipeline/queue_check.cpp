#include "pipeline/queue_check.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr pipeline::queue_needs needs{
    .visibility = std::nullopt, .statement_timeout = 30s, .remembered = std::chrono::hours{372}};

sqs::queue_attributes good()
{
    sqs::queue_attributes out;
    out.visibility_timeout = 30s;
    out.retention = std::chrono::hours{14 * 24};
    out.max_receive_count = 10;
    out.at_rest = sqs::encryption::managed;
    return out;
}

// "level: what; remedy" of the subject.
std::string told(const sqs::queue_attributes& of, std::string_view subject,
                 const pipeline::queue_needs& with = needs)
{
    const check_results found = pipeline::check_attributes(of, with);
    const auto it = std::ranges::find(found, subject, &check_result::subject);
    REQUIRE(it != found.end());
    const char* const levels[] = {"ok: ", "warning: ", "error: "};
    const std::string remedy = it->remedy.empty() ? "" : "; " + it->remedy;
    return levels[static_cast<std::size_t>(it->level)] + it->what + remedy;
}

} // namespace

TEST_CASE("queue check: attributes at the edge of what is good are good")
{
    for (const check_result& each : pipeline::check_attributes(good(), needs)) {
        CAPTURE(each.subject);
        CHECK(each.level == check_level::ok);
        CHECK(each.remedy.empty());
    }
}

TEST_CASE("queue check: a batch must fit into the visibility timeout that counts")
{
    sqs::queue_attributes queue = good();
    queue.visibility_timeout = 29s;
    CHECK(told(queue, "visibility") ==
          "error: 29 s, the queue's own timeout, is shorter than a batch may take, 30 s; raise the "
          "visibility timeout, or lower sink.postgres.timeouts.statement");
    // The configuration's own wins over the queue's.
    pipeline::queue_needs given = needs;
    given.visibility = 60s;
    CHECK(told(queue, "visibility", given) == "ok: 60 s, source.sqs.visibility");
    queue.visibility_timeout = 901s;
    CHECK(told(queue, "visibility").starts_with("warning: 901 s"));
}

TEST_CASE("queue check: a message must not outlive what the ledger remembers")
{
    sqs::queue_attributes queue = good();
    queue.retention = needs.remembered;
    CHECK(told(queue, "retention")
              .starts_with("error: 372 h is no shorter than what the ledger remembers"));
    queue.retention = std::chrono::hours{4 * 24} - 1s;
    CHECK(told(queue, "retention").starts_with("warning: "));
    queue.retention = std::chrono::hours{4 * 24};
    CHECK(told(queue, "retention") == "ok: 4 d");
}

TEST_CASE("queue check: a redrive policy is there, and leaves room for restarts")
{
    sqs::queue_attributes queue = good();
    queue.max_receive_count = 9;
    CHECK(
        told(queue, "redrive").starts_with("warning: the queue's redrive policy moves a message"));
    queue.max_receive_count.reset();
    CHECK(told(queue, "redrive").starts_with("warning: the queue has no redrive policy"));
}

TEST_CASE("queue check: a right to a key of KMS is not shown, and that is said")
{
    sqs::queue_attributes queue = good();
    queue.at_rest = sqs::encryption::by_key;
    CHECK(
        told(queue, "encryption").ends_with("; see that this identity has kms:Decrypt on the key"));
    queue.at_rest = sqs::encryption::none;
    CHECK(told(queue, "encryption").starts_with("warning: none"));
    queue.at_rest = sqs::encryption::unknown;
    CHECK(told(queue, "encryption") == "ok: the server does not tell");
}
