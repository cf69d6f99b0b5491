// Fair queues: a standard queue whose messages name tenants.
#include "world.hpp"

namespace sluice::sqs_server {

TEST_CASE("fair queue: a group id on a standard queue neither orders nor blocks")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a", {.group = "t"});
    w.send(q, "b", {.group = "t"});
    CHECK(bodies(w.receive(q, {.most = 1})) == "a");
    CHECK(bodies(w.receive(q, {.most = 1})) == "b");
}

TEST_CASE("fair queue: tenants that are quiet are served as sent, those without one among them")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "1", {.group = "x"});
    w.send(q, "2");
    w.send(q, "3", {.group = "y"});
    w.send(q, "4");
    w.send(q, "5", {.group = "x"});
    CHECK(bodies(w.receive(q)) == "1 2 3 4 5");
}

TEST_CASE("fair queue: a tenant that holds most of what is in flight waits for the others")
{
    world w;
    queue& q = w.make("q");
    for (int i = 0; i < 100; ++i)
        w.send(q, "noisy", {.group = "n"});
    for (int i = 0; i < 3; ++i)
        CHECK(w.receive(q).size() == 10);
    w.send(q, "quiet", {.group = "s"});
    w.send(q, "alone");
    CHECK(bodies(w.receive(q, {.most = 3})) == "quiet alone noisy");
}

TEST_CASE("fair queue: fewer than thirty in flight make nobody noisy")
{
    world w;
    queue& q = w.make("q");
    for (int i = 0; i < 40; ++i)
        w.send(q, "busy", {.group = "n"});
    w.receive(q);
    w.receive(q);
    w.send(q, "late", {.group = "s"});
    CHECK(bodies(w.receive(q, {.most = 1})) == "busy");
}

TEST_CASE("fair queue: a tenant is quiet again once its messages are deleted")
{
    world w;
    queue& q = w.make("q");
    for (int i = 0; i < 50; ++i)
        w.send(q, "n", {.group = "n"});
    std::vector<held> got;
    for (int i = 0; i < 4; ++i)
        for (const held& each : w.receive(q))
            got.push_back(each);
    w.send(q, "s", {.group = "s"});
    for (const held& each : got)
        q.remove(each.by, w.now);
    CHECK(bodies(w.receive(q, {.most = 1})) == "n");
}

TEST_CASE("fair queue: a tenant that left comes back as a new one")
{
    world w;
    queue& q = w.make("q");
    for (int round = 0; round < 3; ++round) {
        w.send(q, "m", {.group = "t"});
        q.remove(w.take(q).by, w.now);
    }
    CHECK(q.counts().visible + q.counts().in_flight == 0);
}

} // namespace sluice::sqs_server
