// The rules of FIFO queues, one test a rule.
#include "world.hpp"

namespace sluice::sqs_server {
namespace {

// A FIFO queue with three messages of one group, received together.
struct group_of_three
{
    world w;
    queue& q = w.make("q.fifo");
    std::vector<held> got;

    group_of_three()
    {
        for (const char* body : {"m1", "m2", "m3"})
            w.send(q, body, {.group = "g"});
        got = w.receive(q);
        REQUIRE(bodies(got) == "m1 m2 m3");
    }
};

} // namespace

TEST_CASE("fifo queue: a receive takes all it can of one group before the next")
{
    world w;
    queue& q = w.make("q.fifo");
    w.send(q, "a1", {.group = "a"});
    w.send(q, "b1", {.group = "b"});
    w.send(q, "a2", {.group = "a"});
    w.send(q, "b2", {.group = "b"});
    CHECK(bodies(w.receive(q, {.most = 3})) == "a1 a2 b1");
    CHECK(w.receive(q).empty());
}

TEST_CASE("fifo queue: a group with its head in flight gives nothing more")
{
    world w;
    queue& q = w.make("q.fifo");
    w.send(q, "m1", {.group = "g"});
    w.take(q);
    w.send(q, "m2", {.group = "g"});
    CHECK(w.receive(q).empty());
}

TEST_CASE("fifo queue: deleting some of a received group keeps the rest blocked")
{
    group_of_three t;
    t.w.send(t.q, "m4", {.group = "g"});
    t.q.remove(t.got[0].by, t.w.now);
    CHECK(t.w.receive(t.q).empty());
    t.q.remove(t.got[1].by, t.w.now);
    t.q.remove(t.got[2].by, t.w.now);
    CHECK(bodies(t.w.receive(t.q)) == "m4");
}

TEST_CASE("fifo queue: the released head comes although its followers are in flight")
{
    group_of_three t;
    t.q.change_visibility(t.got[0].by, seconds(0), t.w.now);
    CHECK(bodies(t.w.receive(t.q)) == "m1");
}

TEST_CASE("fifo queue: only m2 extended: the others return as m1 alone")
{
    group_of_three t;
    t.q.change_visibility(t.got[1].by, seconds(100), t.w.now);
    t.w.pass(seconds(30));
    CHECK(bodies(t.w.receive(t.q)) == "m1");
}

TEST_CASE("fifo queue: only m3 extended: the others return as m1 and m2")
{
    group_of_three t;
    t.q.change_visibility(t.got[2].by, seconds(100), t.w.now);
    t.w.pass(seconds(30));
    CHECK(bodies(t.w.receive(t.q)) == "m1 m2");
}

TEST_CASE("fifo queue: only m1 extended: nothing returns, though m2 and m3 are visible")
{
    group_of_three t;
    t.q.change_visibility(t.got[0].by, seconds(100), t.w.now);
    t.w.pass(seconds(30));
    CHECK(t.w.receive(t.q).empty());
    CHECK(t.q.counts().visible == 2);
}

TEST_CASE("fifo queue: a delayed head holds its group back")
{
    world w;
    queue& q = w.make("q.fifo", {{"DelaySeconds", "5"}});
    w.send(q, "m1", {.group = "g"});
    w.pass(seconds(4));
    w.send(q, "m2", {.group = "g"});
    CHECK(w.receive(q).empty());
    w.pass(seconds(1));
    CHECK(bodies(w.receive(q)) == "m1");
}

TEST_CASE("fifo queue: a message sent again within five minutes is accepted, not delivered")
{
    world w;
    queue& q = w.make("q.fifo");
    const sent_message first = w.send(q, "a", {.group = "g", .deduplication = "d"});
    q.remove(w.take(q).by, w.now);
    w.pass(minutes(5) - milliseconds(1));
    const sent_message again = w.send(q, "b", {.group = "other", .deduplication = "d"});
    CHECK(again.id == first.id);
    CHECK(again.number == first.number);
    CHECK(w.receive(q).empty());
    CHECK(w.count(event_kind::deduplicated) == 1);
    w.pass(milliseconds(1));
    CHECK_FALSE(w.send(q, "c", {.group = "g", .deduplication = "d"}).id == first.id);
    CHECK(bodies(w.receive(q)) == "c");
}

TEST_CASE("fifo queue: content-based deduplication hashes the body, an explicit id beats it")
{
    world w;
    queue& q = w.make("q.fifo", {{"ContentBasedDeduplication", "true"}});
    w.send(q, "same", {.group = "g"});
    w.send(q, "same", {.group = "g"});
    w.send(q, "same", {.group = "g", .deduplication = "d"});
    CHECK(bodies(w.receive(q)) == "same same");
}

TEST_CASE("fifo queue: without an id and without content-based deduplication a send is refused")
{
    world w;
    queue& q = w.make("q.fifo");
    new_message given;
    given.details = std::make_unique<message_details>();
    given.details->group_id = "g";
    CHECK(refused([&] { q.send(std::move(given), w.now); }).code() ==
          errc::invalid_parameter_value);
}

TEST_CASE("fifo queue: with the scope messageGroup each group deduplicates alone")
{
    world w;
    queue& q = w.make("q.fifo", {{"DeduplicationScope", "messageGroup"}});
    w.send(q, "a", {.group = "g1", .deduplication = "d"});
    w.send(q, "b", {.group = "g2", .deduplication = "d"});
    w.send(q, "c", {.group = "g2", .deduplication = "d"});
    CHECK(bodies(w.receive(q)) == "a b");
}

TEST_CASE("fifo queue: a purge forgets what was sent")
{
    world w;
    queue& q = w.make("q.fifo");
    w.send(q, "a", {.group = "g", .deduplication = "d"});
    q.purge(w.now);
    w.send(q, "b", {.group = "g", .deduplication = "d"});
    CHECK(bodies(w.receive(q)) == "b");
}

TEST_CASE("fifo queue: sequence numbers grow, and no 64-bit integer holds them")
{
    world w;
    queue& q = w.make("q.fifo");
    const sent_message first = w.send(q, "a", {.group = "g"});
    const sent_message second = w.send(q, "b", {.group = "h"});
    CHECK(sequence_number(first.number) < sequence_number(second.number));
    CHECK(sequence_number(first.number).size() == 20);
    CHECK(sequence_number(first.number) > std::to_string(UINT64_MAX));
}

TEST_CASE("fifo queue: a delete after the timeout is refused, an extension moves that limit")
{
    group_of_three t;
    t.q.change_visibility(t.got[1].by, seconds(60), t.w.now);
    t.w.pass(seconds(30));
    const refusal error = refused([&] { t.q.remove(t.got[0].by, t.w.now); });
    CHECK(error.code() == errc::invalid_parameter_value);
    CHECK_THAT(error.message(), Catch::EndsWith("Reason: The receipt handle has expired."));
    CHECK_NOTHROW(t.q.remove(t.got[1].by, t.w.now));
}

TEST_CASE("fifo queue: a handle that a later receive replaced is refused for everything")
{
    group_of_three t;
    t.w.pass(seconds(30));
    CHECK(bodies(t.w.receive(t.q)) == "m1 m2 m3");
    CHECK(refused([&] { t.q.remove(t.got[0].by, t.w.now); }).code() ==
          errc::invalid_parameter_value);
    CHECK(refused([&] { t.q.change_visibility(t.got[0].by, seconds(9), t.w.now); }).code() ==
          errc::invalid_parameter_value);
}

TEST_CASE("fifo queue: a second delete by the same handle is granted")
{
    group_of_three t;
    t.q.remove(t.got[0].by, t.w.now);
    CHECK_NOTHROW(t.q.remove(t.got[0].by, t.w.now));
}

TEST_CASE("fifo queue: a repeated receive attempt gets the same messages, their timeouts anew")
{
    world w;
    queue& q = w.make("q.fifo");
    w.send(q, "m1", {.group = "g"});
    w.send(q, "m2", {.group = "g"});
    const std::vector<held> first = w.receive(q, {.attempt = "try-1"});
    w.pass(seconds(29));
    const std::vector<held> again = w.receive(q, {.attempt = "try-1"});
    REQUIRE(bodies(again) == "m1 m2");
    CHECK(again[0].by == first[0].by);
    w.pass(seconds(29)); // beyond the first timeout, within the second
    CHECK_NOTHROW(q.remove(again[0].by, w.now));
    CHECK(w.count(event_kind::repeated) == 2);
}

TEST_CASE("fifo queue: an attempt is repeated after its timeout, if nobody else received")
{
    world w;
    queue& q = w.make("q.fifo");
    w.send(q, "m1", {.group = "g"});
    const held first = w.take(q, {.attempt = "try-1"});
    w.pass(seconds(31));
    CHECK(w.take(q, {.attempt = "try-1"}).by == first.by);
    CHECK(q.counts().in_flight == 1);
}

TEST_CASE("fifo queue: an attempt whose message was touched can no longer be repeated")
{
    world w;
    queue& q = w.make("q.fifo");
    w.send(q, "m1", {.group = "g"});
    w.send(q, "n1", {.group = "h"});
    const std::vector<held> got = w.receive(q, {.attempt = "try-1"});
    SECTION("deleted")
    {
        q.remove(got[0].by, w.now);
    }
    SECTION("visibility changed")
    {
        q.change_visibility(got[1].by, seconds(99), w.now);
    }
    SECTION("received by another")
    {
        w.pass(seconds(30));
        w.receive(q, {.attempt = "try-2"});
    }
    CHECK(refused([&] { w.receive(q, {.attempt = "try-1"}); }).code() ==
          errc::invalid_parameter_value);
}

TEST_CASE("fifo queue: an attempt is forgotten after five minutes")
{
    world w;
    queue& q = w.make("q.fifo");
    w.send(q, "m1", {.group = "g"});
    w.take(q, {.attempt = "try-1"});
    w.pass(minutes(5));
    CHECK(w.take(q, {.attempt = "try-1"}).by.receive == 2);
}

TEST_CASE("fifo queue: an empty answer binds no attempt")
{
    world w;
    queue& q = w.make("q.fifo");
    CHECK(w.receive(q, {.attempt = "try-1"}).empty());
    w.send(q, "m1", {.group = "g"});
    CHECK(w.receive(q, {.attempt = "try-1"}).size() == 1);
}

TEST_CASE("fifo queue: groups behind the first 120,000 messages are not seen")
{
    world w;
    queue& q = w.make("q.fifo");
    for (std::size_t i = 0; i < in_flight_max; ++i)
        w.send(q, "deep", {.group = "deep"});
    w.send(q, "hidden", {.group = "other"});
    const std::vector<held> head = w.receive(q, {.most = 2});
    REQUIRE(bodies(head) == "deep deep");
    CHECK(w.receive(q).empty());
    q.remove(head[1].by, w.now); // the window reaches one message further
    CHECK(bodies(w.receive(q)) == "hidden");
}

TEST_CASE("fifo queue: the first messages stay in sight when those behind them leave")
{
    world w;
    queue& q = w.make("q.fifo");
    w.send(q, "a", {.group = "a"});
    w.send(q, "b", {.group = "b"});
    const std::vector<held> got = w.receive(q);
    q.remove(got[1].by, w.now);
    q.remove(got[0].by, w.now);
    w.send(q, "c", {.group = "c"});
    CHECK(bodies(w.receive(q)) == "c");
}

TEST_CASE("fifo queue: in flight, no duplicate is ever made")
{
    world w({.duplicates = 1.0});
    queue& q = w.make("q.fifo");
    w.send(q, "a", {.group = "g"});
    q.remove(w.take(q).by, w.now);
    w.pass(minutes(10));
    CHECK(w.receive(q).empty());
}

} // namespace sluice::sqs_server
