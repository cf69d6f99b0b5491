// Redrive: messages received too often go to a dead-letter queue.
#include "world.hpp"

namespace sluice::sqs_server {
namespace {

std::string policy(const queue& target, int receives)
{
    return R"({"deadLetterTargetArn":")" + target.arn() + R"(","maxReceiveCount":)" +
           std::to_string(receives) + "}";
}

struct two_queues
{
    world w;
    queue& dead;
    queue& q;

    explicit two_queues(const std::string& suffix = "", int receives = 2)
        : dead(w.make("dead" + suffix)),
          q(w.make("q" + suffix,
                   {{"RedrivePolicy", policy(dead, receives)}, {"VisibilityTimeout", "1"}}))
    {}

    // Receives and lets go, once.
    std::size_t fail()
    {
        const std::size_t got = w.receive(q).size();
        w.pass(seconds(1));
        return got;
    }
};

} // namespace

TEST_CASE("dead letters: a message moves on the receive after the last allowed one")
{
    two_queues t;
    t.w.send(t.q, "bad");
    CHECK(t.fail() == 1);
    CHECK(t.fail() == 1);
    CHECK(t.dead.counts().visible == 0);
    CHECK(t.fail() == 0);
    CHECK(t.dead.counts().visible == 1);
    CHECK(t.q.counts().visible + t.q.counts().in_flight == 0);
    CHECK(t.w.count(event_kind::redriven) == 1);
}

TEST_CASE("dead letters: the count goes on, id, send time and first receive stay")
{
    two_queues t;
    t.w.send(t.q, "bad");
    const held first = t.w.take(t.q);
    t.w.pass(seconds(1));
    t.fail();
    t.fail();
    const held dead = t.w.take(t.dead);
    CHECK(dead.by.receive == 3);
    CHECK(dead.id == first.id);
    CHECK(dead.sent_at == first.sent_at);
    CHECK(dead.first_received_at == first.first_received_at);
    CHECK(dead.source_arn == t.q.arn());
}

TEST_CASE("dead letters: a bad message does not use up the place of a good one")
{
    two_queues t("", 1);
    t.w.send(t.q, "bad");
    t.fail();
    t.w.send(t.q, "good");
    CHECK(bodies(t.w.receive(t.q, {.most = 1})) == "good");
}

TEST_CASE("dead letters: a release counts as a receive")
{
    two_queues t;
    t.w.send(t.q, "a");
    for (int i = 0; i < 2; ++i)
        t.q.change_visibility(t.w.take(t.q).by, seconds(0), t.w.now);
    CHECK(t.w.receive(t.q).empty());
    CHECK(t.dead.counts().visible == 1);
}

TEST_CASE("dead letters: a handle of the source queue no longer rules after the move")
{
    two_queues t("", 1);
    t.w.send(t.q, "bad");
    const held got = t.w.take(t.q);
    t.w.pass(seconds(1));
    t.fail();
    CHECK_NOTHROW(t.q.remove(got.by, t.w.now));
    CHECK(t.dead.counts().visible == 1);
    CHECK(refused([&] { t.q.change_visibility(got.by, seconds(1), t.w.now); }).code() ==
          errc::invalid_parameter_value);
}

TEST_CASE("dead letters: on standard queues the age goes on counting")
{
    two_queues t("", 1);
    t.w.box.set_attributes(t.dead, {{"MessageRetentionPeriod", "60"}}, t.w.now);
    t.w.send(t.q, "bad");
    t.w.pass(seconds(59));
    t.fail();
    t.fail();
    t.dead.advance(t.w.now);
    CHECK(t.dead.counts().visible == 0);
    CHECK(t.w.count(event_kind::expired) == 1);
}

TEST_CASE("dead letters: on fifo queues the age begins anew")
{
    two_queues t(".fifo", 1);
    t.w.box.set_attributes(t.dead, {{"MessageRetentionPeriod", "60"}}, t.w.now);
    t.w.send(t.q, "bad", {.group = "g"});
    t.w.pass(seconds(59));
    t.fail();
    t.fail();
    t.w.pass(seconds(58));
    CHECK(bodies(t.w.receive(t.dead)) == "bad");
}

TEST_CASE("dead letters: a poison head leaves its group, the next one follows in the same receive")
{
    two_queues t(".fifo", 1);
    t.w.send(t.q, "poison", {.group = "g"});
    t.w.take(t.q);
    t.w.send(t.q, "next", {.group = "g"});
    t.w.pass(seconds(1));
    CHECK(bodies(t.w.receive(t.q)) == "next");
    CHECK(t.dead.counts().visible == 1);
}

TEST_CASE("dead letters: a group whose every message is spent leaves at once")
{
    two_queues t(".fifo", 1);
    for (const char* body : {"m1", "m2", "m3"})
        t.w.send(t.q, body, {.group = "g"});
    t.w.send(t.q, "other", {.group = "h"});
    CHECK(t.fail() == 4);
    CHECK(t.w.receive(t.q).empty());
    CHECK(bodies(t.w.receive(t.dead)) == "m1 m2 m3 other");
}

TEST_CASE("dead letters: without its dead-letter queue the message stays")
{
    two_queues t("", 1);
    t.w.send(t.q, "bad");
    t.fail();
    t.w.box.destroy(t.dead, t.w.now);
    CHECK(t.fail() == 1);
}

TEST_CASE("dead letters: a policy can be changed and taken away")
{
    two_queues t("", 1);
    t.w.send(t.q, "bad");
    t.fail();
    t.w.box.set_attributes(t.q, {{"RedrivePolicy", ""}}, t.w.now);
    CHECK(t.fail() == 1);
    t.w.box.set_attributes(t.q, {{"RedrivePolicy", policy(t.dead, 2)}}, t.w.now);
    CHECK(t.fail() == 0);
    CHECK(t.dead.counts().visible == 1);
}

TEST_CASE("dead letters: a policy that cannot work is refused, and says why")
{
    world w;
    queue& dead = w.make("dead");
    queue& fifo = w.make("dead.fifo");
    const auto why = [&](const std::string& text) {
        return refused([&] { w.make("q", {{"RedrivePolicy", text}}); }).message();
    };
    CHECK_THAT(why("nonsense"), Catch::Contains("not a JSON object"));
    CHECK_THAT(why(R"({"maxReceiveCount":3})"),
               Catch::Contains("mandatory attribute: deadLetterTargetArn"));
    CHECK_THAT(why(R"({"deadLetterTargetArn":")" + dead.arn() + "\"}"),
               Catch::Contains("mandatory attribute: maxReceiveCount"));
    CHECK_THAT(why(policy(dead, 0)), Catch::Contains("valid values are from 1 to 1000"));
    CHECK_THAT(why(policy(dead, 1001)), Catch::Contains("valid values are from 1 to 1000"));
    CHECK_THAT(why(policy(fifo, 3)), Catch::Contains("same type"));
    CHECK_THAT(why(R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:1:no","maxReceiveCount":3})"),
               Catch::Contains("does not exist"));
    CHECK_THAT(why(R"({"deadLetterTargetArn":7,"maxReceiveCount":3})"),
               Catch::Contains("not a string"));
    CHECK(w.box.find("q") == nullptr);
    CHECK_NOTHROW(w.make("q", {{"RedrivePolicy", R"({"deadLetterTargetArn":")" + dead.arn() +
                                                     R"(","maxReceiveCount":"5"})"}}));
    CHECK(w.box.at("q").settings().redrive->receives_max == 5);
}

TEST_CASE("dead letters: a dead-letter queue decides who may use it")
{
    world w;
    queue& dead = w.make("dead");
    const auto allow = [&](const std::string& text) {
        w.box.set_attributes(dead, {{"RedriveAllowPolicy", text}}, w.now);
    };
    const auto use = [&] { w.make("q", {{"RedrivePolicy", policy(dead, 3)}}); };
    allow(R"({"redrivePermission":"denyAll"})");
    CHECK(refused(use).code() == errc::invalid_parameter_value);
    allow(R"({"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:0:x"]})");
    CHECK(refused(use).code() == errc::invalid_parameter_value);
    allow(R"({"redrivePermission":"byQueue",
              "sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:q"]})");
    CHECK_NOTHROW(use());
    for (const char* bad :
         {"[]", "{}", R"({"redrivePermission":"perhaps"})", R"({"redrivePermission":"byQueue"})",
          R"({"redrivePermission":"allowAll","sourceQueueArns":[]})"})
        CHECK(refused([&] { allow(bad); }).code() == errc::invalid_parameter_value);
}

TEST_CASE("dead letters: the sources of a dead-letter queue are known")
{
    two_queues t;
    CHECK(t.w.box.sources_of(t.dead) == std::vector<queue*>{&t.q});
    CHECK(t.w.box.sources_of(t.q).empty());
}

} // namespace sluice::sqs_server
