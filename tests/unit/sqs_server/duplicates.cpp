// Duplicate deliveries, as SQS may make them on standard queues.
#include "world.hpp"

#include <map>

namespace sluice::sqs_server {
namespace {

// Receives and deletes until nothing comes any more; how often each body came.
std::map<std::string, int> drain(world& w, queue& q)
{
    std::map<std::string, int> seen;
    for (int quiet = 0; quiet < 3; w.pass(seconds(1))) {
        const std::vector<held> got = w.receive(q);
        quiet = got.empty() ? quiet + 1 : 0;
        for (const held& each : got) {
            ++seen[each.body];
            q.remove(each.by, w.now);
        }
    }
    return seen;
}

} // namespace

TEST_CASE("duplicates: a share of one makes every message come exactly twice")
{
    world w({.duplicates = 1.0});
    queue& q = w.make("q");
    for (int i = 0; i < 200; ++i)
        w.send(q, std::to_string(i));
    const std::map<std::string, int> seen = drain(w, q);
    CHECK(seen.size() == 200);
    CHECK(std::ranges::all_of(seen, [](const auto& each) { return each.second == 2; }));
    CHECK(q.counts().visible + q.counts().in_flight == 0);
}

TEST_CASE("duplicates: a share of a tenth makes about a tenth come twice, none more often")
{
    world w({.duplicates = 0.1}, 7);
    queue& q = w.make("q");
    for (int i = 0; i < 2000; ++i)
        w.send(q, std::to_string(i));
    const std::map<std::string, int> seen = drain(w, q);
    const auto twice =
        std::ranges::count_if(seen, [](const auto& each) { return each.second == 2; });
    CHECK(twice > 140);
    CHECK(twice < 260);
    CHECK(std::ranges::all_of(seen, [](const auto& each) { return each.second <= 2; }));
}

TEST_CASE("duplicates: some come while the first receive still holds them, some after the delete")
{
    world w({.duplicates = 1.0});
    queue& q = w.make("q");
    for (int i = 0; i < 100; ++i)
        w.send(q, std::to_string(i));
    std::vector<held> first;
    for (int i = 0; i < 10; ++i)
        for (const held& each : w.receive(q))
            first.push_back(each);
    w.pass(seconds(1)); // all early ones are back; the timeout of thirty seconds has not ended
    std::size_t early = 0;
    for (std::vector<held> got = w.receive(q); !got.empty(); got = w.receive(q))
        early += got.size();
    CHECK(early > 20);
    CHECK(early < 80);
    for (const held& each : first)
        q.remove(each.by, w.now); // ignored where a newer handle exists
    CHECK(w.count(event_kind::deleted) == 100 - early);
    w.pass(seconds(1));
    std::size_t late = 0;
    for (std::vector<held> got = w.receive(q); !got.empty(); got = w.receive(q))
        late += got.size();
    CHECK(late == 100 - early);
}

TEST_CASE("duplicates: an extension does not hold an early one back")
{
    world w({.duplicates = 1.0});
    queue& q = w.make("q");
    for (int i = 0; i < 100; ++i)
        w.send(q, std::to_string(i));
    for (int i = 0; i < 10; ++i)
        for (const held& each : w.receive(q))
            q.change_visibility(each.by, seconds(600), w.now);
    w.pass(seconds(1));
    q.advance(w.now);
    CHECK(q.counts().visible > 20);
}

TEST_CASE("duplicates: a deleted message that will come again counts as not visible")
{
    world w({.duplicates = 1.0});
    queue& q = w.make("q");
    for (int i = 0; i < 10; ++i)
        w.send(q, std::to_string(i));
    for (const held& each : w.receive(q))
        q.remove(each.by, w.now);
    CHECK(q.counts().in_flight + q.counts().visible == 10);
}

TEST_CASE("duplicates: a deleted message that waits for its echo cannot be extended")
{
    world w({.duplicates = 1.0});
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q);
    q.remove(got.by, w.now);
    CHECK(refused([&] { q.change_visibility(got.by, seconds(9), w.now); }).code() ==
          errc::invalid_parameter_value);
}

TEST_CASE("duplicates: a deleted message that expires before its echo did not expire twice")
{
    world w({.duplicates = 1.0, .duplicate_delay_max = hours(1)});
    queue& q = w.make("q", {{"MessageRetentionPeriod", "60"}});
    for (int i = 0; i < 50; ++i)
        w.send(q, std::to_string(i));
    for (int i = 0; i < 5; ++i)
        for (const held& each : w.receive(q))
            q.remove(each.by, w.now);
    w.pass(seconds(60));
    q.advance(w.now);
    CHECK(w.count(event_kind::deleted) == 50);
    CHECK(w.count(event_kind::expired) == 0);
}

TEST_CASE("duplicates: the same seed gives the same history")
{
    const auto history = [](std::uint64_t seed) {
        world w({.random_order = true, .duplicates = 0.3}, seed);
        queue& q = w.make("q");
        for (int i = 0; i < 200; ++i)
            w.send(q, std::to_string(i));
        drain(w, q);
        std::string out;
        for (const event& each : w.events)
            out += std::to_string(static_cast<int>(each.kind)) + each.id.text();
        return out;
    };
    CHECK(history(5) == history(5));
    CHECK(history(5) != history(6));
}

} // namespace sluice::sqs_server
