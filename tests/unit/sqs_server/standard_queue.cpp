// The rules of standard queues, one test a rule.
#include "world.hpp"

namespace sluice::sqs_server {

TEST_CASE("standard queue: messages come in the order in which they were sent")
{
    world w;
    queue& q = w.make("q");
    for (const char* body : {"a", "b", "c"})
        w.send(q, body);
    CHECK(bodies(w.receive(q, {.most = 2})) == "a b");
    CHECK(bodies(w.receive(q)) == "c");
    CHECK(w.receive(q).empty());
}

TEST_CASE("standard queue: a receive hides a message until its visibility timeout ends")
{
    world w;
    queue& q = w.make("q", {{"VisibilityTimeout", "5"}});
    w.send(q, "a");
    CHECK(w.receive(q).size() == 1);
    w.pass(milliseconds(4999));
    CHECK(w.receive(q).empty());
    w.pass(milliseconds(1));
    CHECK(w.receive(q).size() == 1);
}

TEST_CASE("standard queue: the timeout of a receive beats the queue's own")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    CHECK(w.receive(q, {.visibility = seconds(2)}).size() == 1);
    w.pass(seconds(2));
    CHECK(w.receive(q, {.visibility = seconds(0)}).size() == 1);
    CHECK(w.receive(q).size() == 1);
}

TEST_CASE("standard queue: a message that comes back keeps its place before younger ones")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    w.take(q, {.most = 1, .visibility = seconds(1)});
    w.send(q, "b");
    w.pass(seconds(1));
    CHECK(bodies(w.receive(q)) == "a b");
}

TEST_CASE("standard queue: each receive counts and gives a new handle; id and times stay")
{
    world w;
    queue& q = w.make("q", {{"VisibilityTimeout", "1"}});
    w.send(q, "a");
    w.pass(seconds(3));
    const held first = w.take(q);
    w.pass(seconds(1));
    const held second = w.take(q);
    CHECK(first.by.receive == 1);
    CHECK(second.by.receive == 2);
    CHECK(handle_of(first.by) != handle_of(second.by));
    CHECK(second.id == first.id);
    CHECK(second.sent_at == first.sent_at);
    CHECK(second.first_received_at == first.first_received_at);
    CHECK(first.first_received_at == first.sent_at + seconds(3));
}

TEST_CASE("standard queue: a delete removes the message for good")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    q.remove(w.take(q).by, w.now);
    w.pass(hours(1));
    CHECK(w.receive(q).empty());
    CHECK(w.count(event_kind::deleted) == 1);
}

TEST_CASE("standard queue: a delete works after the timeout, if nobody received again")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q);
    w.pass(seconds(31));
    q.remove(got.by, w.now);
    CHECK(w.receive(q).empty());
}

TEST_CASE("standard queue: a delete by an older handle is granted and ignored")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held first = w.take(q);
    w.pass(seconds(30));
    const held second = w.take(q);
    q.remove(first.by, w.now);
    CHECK(w.count(event_kind::deleted) == 0);
    CHECK(w.count(event_kind::delete_ignored) == 1);
    w.pass(seconds(30));
    CHECK(w.receive(q).size() == 1);
    CHECK(q.counts().in_flight == 1);
    CHECK(second.by.receive == 2);
}

TEST_CASE("standard queue: a second delete by the same handle is granted")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q);
    q.remove(got.by, w.now);
    CHECK_NOTHROW(q.remove(got.by, w.now));
    CHECK(w.count(event_kind::deleted) == 1);
}

TEST_CASE("standard queue: a handle finds nothing once its place has another message")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held gone = w.take(q);
    q.remove(gone.by, w.now);
    w.send(q, "b");
    const held next = w.take(q);
    REQUIRE(next.by.slot == gone.by.slot);
    q.remove(gone.by, w.now);
    CHECK(q.counts().in_flight == 1);
}

TEST_CASE("standard queue: a handle of another queue is invalid")
{
    world w;
    queue& q = w.make("q");
    queue& other = w.make("other");
    w.send(q, "a");
    const held got = w.take(q);
    CHECK(refused([&] { other.remove(got.by, w.now); }).code() == errc::receipt_handle_is_invalid);
    CHECK(refused([&] { other.change_visibility(got.by, seconds(1), w.now); }).code() ==
          errc::receipt_handle_is_invalid);
}

TEST_CASE("standard queue: a handle older than twelve hours has expired")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q);
    w.pass(hours(12));
    const refusal error = refused([&] { q.remove(got.by, w.now); });
    CHECK(error.code() == errc::invalid_parameter_value);
    CHECK_THAT(error.message(), Catch::EndsWith("Reason: The receipt handle has expired."));
}

TEST_CASE("standard queue: a change of visibility sets the time left, it does not add")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q);
    w.pass(seconds(10));
    q.change_visibility(got.by, seconds(5), w.now);
    w.pass(seconds(5));
    CHECK(w.receive(q).size() == 1);
}

TEST_CASE("standard queue: a change to zero releases at once, and the receive still counted")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    q.change_visibility(w.take(q).by, seconds(0), w.now);
    CHECK(q.counts().visible == 1);
    CHECK(w.take(q).by.receive == 2);
}

TEST_CASE("standard queue: a change holds for its receive only")
{
    world w;
    queue& q = w.make("q", {{"VisibilityTimeout", "2"}});
    w.send(q, "a");
    q.change_visibility(w.take(q).by, seconds(100), w.now);
    w.pass(seconds(100));
    w.take(q);
    w.pass(seconds(2));
    CHECK(w.receive(q).size() == 1);
}

TEST_CASE("standard queue: twelve hours after the receive is the end of every extension")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q, {.most = 1, .visibility = visibility_max});
    q.change_visibility(got.by, visibility_max, w.now);
    w.pass(seconds(1));
    const refusal error = refused([&] { q.change_visibility(got.by, visibility_max, w.now); });
    CHECK(error.code() == errc::invalid_parameter_value);
    CHECK_THAT(error.message(), Catch::Contains("beyond the limit [43200 seconds]"));
    CHECK_NOTHROW(q.change_visibility(got.by, visibility_max - seconds(1), w.now));
}

TEST_CASE("standard queue: a change after the timeout is granted and ignored")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q);
    w.pass(seconds(30));
    q.change_visibility(got.by, seconds(60), w.now);
    CHECK(w.count(event_kind::visibility_ignored) == 1);
    CHECK(w.receive(q).size() == 1);
}

TEST_CASE("standard queue: a change by an older handle does not touch the newer receive")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held first = w.take(q);
    w.pass(seconds(30));
    w.take(q);
    q.change_visibility(first.by, seconds(0), w.now);
    CHECK(w.receive(q).empty());
}

TEST_CASE("standard queue: a change after the delete is refused")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q);
    q.remove(got.by, w.now);
    const refusal error = refused([&] { q.change_visibility(got.by, seconds(5), w.now); });
    CHECK(error.code() == errc::invalid_parameter_value);
    CHECK_THAT(error.message(),
               Catch::EndsWith("Reason: Message does not exist or is not available for visibility "
                               "timeout change."));
}

TEST_CASE("standard queue: a delay hides a message from its send, of the message or the queue")
{
    world w;
    queue& q = w.make("q", {{"DelaySeconds", "10"}});
    w.send(q, "queue's");
    w.send(q, "own", {.delay = seconds(3)});
    w.send(q, "none", {.delay = seconds(0)});
    CHECK(q.counts().delayed == 2);
    CHECK(bodies(w.receive(q)) == "none");
    w.pass(seconds(3));
    CHECK(bodies(w.receive(q)) == "own");
    w.pass(seconds(7));
    CHECK(bodies(w.receive(q)) == "queue's");
}

TEST_CASE("standard queue: a message is dropped when its retention ends, even in flight")
{
    world w;
    queue& q = w.make("q", {{"MessageRetentionPeriod", "60"}});
    w.send(q, "a");
    w.pass(seconds(50));
    w.send(q, "b");
    const held got = w.take(q, {.most = 1, .visibility = seconds(1000)});
    w.pass(seconds(10));
    q.advance(w.now);
    CHECK(w.count(event_kind::expired) == 1);
    CHECK(q.counts().in_flight == 0);
    CHECK_NOTHROW(q.remove(got.by, w.now));
    CHECK(bodies(w.receive(q)) == "b");
}

TEST_CASE("standard queue: too many in flight refuse a short poll and starve a long one")
{
    world w;
    queue& q = w.make("q");
    for (std::size_t i = 0; i < in_flight_max + 1; ++i)
        w.send(q, "m");
    held last{};
    for (std::size_t i = 0; i < in_flight_max / 10; ++i)
        last = w.receive(q).back();
    CHECK(refused([&] { w.receive(q); }).code() == errc::over_limit);
    CHECK(w.receive(q, {.long_poll = true}).empty());
    q.remove(last.by, w.now);
    CHECK(w.receive(q).size() == 1);
}

TEST_CASE("standard queue: purge removes all, in flight too, once a minute")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    w.send(q, "b", {.delay = seconds(9)});
    w.send(q, "c");
    const held got = w.take(q);
    q.purge(w.now);
    CHECK(w.count(event_kind::purged) == 3);
    CHECK(q.counts().visible + q.counts().in_flight + q.counts().delayed == 0);
    CHECK_NOTHROW(q.remove(got.by, w.now));
    w.pass(seconds(59));
    CHECK(refused([&] { q.purge(w.now); }).code() == errc::purge_queue_in_progress);
    w.pass(seconds(1));
    CHECK_NOTHROW(q.purge(w.now));
}

TEST_CASE("standard queue: counts tell visible, in flight and delayed apart")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    w.send(q, "b");
    w.send(q, "c", {.delay = seconds(5)});
    w.take(q);
    const message_counts counts = q.counts();
    CHECK(counts.visible == 1);
    CHECK(counts.in_flight == 1);
    CHECK(counts.delayed == 1);
}

TEST_CASE("standard queue: the next change is the earliest delay or timeout to end")
{
    world w;
    queue& q = w.make("q");
    CHECK_FALSE(q.next_visible());
    w.send(q, "a", {.delay = seconds(50)});
    CHECK(q.next_visible() == w.now + seconds(50));
    w.send(q, "b");
    w.take(q);
    CHECK(q.next_visible() == w.now + seconds(30));
}

TEST_CASE("standard queue: waiting receivers hear of what a send, a release or time brings")
{
    world w;
    queue& q = w.make("q");
    const auto heard = [&w] { return std::exchange(w.deliverable_calls, 0) > 0; };
    w.send(q, "a");
    CHECK(heard());
    const held got = w.take(q);
    CHECK(heard()); // the queue has a next change now
    q.change_visibility(got.by, seconds(100), w.now);
    CHECK(heard());
    q.change_visibility(got.by, seconds(0), w.now);
    CHECK(heard());
    w.take(q);
    w.pass(seconds(30));
    CHECK(heard());
    q.advance(w.now);
    CHECK(heard());
    q.advance(w.now);
    CHECK_FALSE(heard());
}

TEST_CASE("standard queue: what will be visible later than all others needs no attention")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a", {.delay = seconds(5)});
    w.deliverable_calls = 0;
    w.send(q, "b", {.delay = seconds(6)});
    CHECK(w.deliverable_calls == 0);
    w.send(q, "c", {.delay = seconds(4)});
    CHECK(w.deliverable_calls == 1);
}

TEST_CASE("standard queue: totals count what happened")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    w.send(q, "b");
    q.remove(w.take(q).by, w.now);
    CHECK(q.total(event_kind::sent) == 2);
    CHECK(q.total(event_kind::received) == 1);
    CHECK(q.total(event_kind::deleted) == 1);
    CHECK(q.total(event_kind::expired) == 0);
}

TEST_CASE("standard queue: random order is another order, the same for the same seed")
{
    const auto order = [](std::uint64_t seed) {
        world w({.random_order = true}, seed);
        queue& q = w.make("q");
        for (int i = 0; i < 50; ++i)
            w.send(q, std::to_string(i));
        std::string all;
        for (int i = 0; i < 5; ++i)
            all += bodies(w.receive(q)) + " ";
        return all;
    };
    CHECK(order(1) == order(1));
    CHECK(order(1) != order(2));
}

TEST_CASE("standard queue: random order loses no message")
{
    world w({.random_order = true});
    queue& q = w.make("q");
    for (int i = 0; i < 100; ++i)
        w.send(q, std::to_string(i));
    std::size_t seen = 0;
    for (std::vector<held> got = w.receive(q, {.most = 7}); !got.empty();
         got = w.receive(q, {.most = 7})) {
        seen += got.size();
        for (const held& each : got)
            q.remove(each.by, w.now);
    }
    CHECK(seen == 100);
}

} // namespace sluice::sqs_server
