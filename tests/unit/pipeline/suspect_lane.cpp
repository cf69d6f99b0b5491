#include "pipeline/suspect_lane.hpp"

#include "support/virtual_clock.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <memory>

using namespace sluice;
using namespace std::chrono_literals;
using pipeline::assignment;
using pipeline::intake_gate;
using pipeline::suspect_lane;

namespace {

postgres::database_error trouble(const char* sqlstate, bool fatal)
{
    postgres::server_error error;
    error.sqlstate = sqlstate;
    error.text = "trouble";
    error.fatal = fatal;
    return postgres::database_error(std::move(error));
}

// Remembers what was begun; fails when told to.
class attempts_of_test final : public postgres::attempt_log
{
public:
    awaitable<unsigned> deaths(std::string_view message_id) override
    {
        if (sick)
            throw trouble("53100", false);
        const auto found = open.find(std::string(message_id));
        co_return found == open.end() ? 0 : found->second;
    }
    awaitable<void> begin(std::string_view message_id, unsigned deaths) override
    {
        if (sick)
            throw trouble("53100", false);
        ++begins;
        open[std::string(message_id)] = deaths + 1;
        if (answers_lost > 0) {
            --answers_lost;
            throw trouble("", true);
        }
        co_return;
    }
    awaitable<void> end(std::string_view message_id) override
    {
        if (sick)
            throw trouble("53100", false);
        open.erase(std::string(message_id));
        co_return;
    }
    void abandon() noexcept override {}

    std::map<std::string, unsigned> open;
    int begins = 0;
    int answers_lost = 0; // of the next so many begins
    bool sick = false;
};

struct bench : test::test_bench
{
    // A delivery whose messages were received so often.
    delivery& deliver(std::initializer_list<std::uint32_t> receive_counts)
    {
        made.push_back(std::make_unique<delivery>());
        delivery& out = *made.back();
        for (const std::uint32_t count : receive_counts) {
            names.push_back(std::make_unique<std::string>("m" + std::to_string(names.size())));
            message& one = out.messages[out.count++];
            one.id = *names.back();
            one.receive_count = count;
        }
        gate.push(out);
        return out;
    }

    // What a worker finds; it is not done with it yet.
    std::optional<assignment> find()
    {
        assignment out;
        if (!work.intake.try_pop(out))
            return std::nullopt;
        return out;
    }

    void done()
    {
        work.assignment_ends();
        settle();
    }

    std::vector<std::unique_ptr<delivery>> made;
    std::vector<std::unique_ptr<std::string>> names;
    seeded_random random{1};
    pipeline::rings work{100};
    intake_gate gate{work, {.sets_suspects_aside = true}};
    attempts_of_test attempts;
    suspect_lane lane{"logins", io.get_executor(), time, random, work, gate, attempts};
};

} // namespace

TEST_CASE("intake gate: only what was received often is set aside")
{
    bench one;
    const delivery& mixed = one.deliver({1, 3, 2, 4});
    const auto found = one.find();
    REQUIRE(found);
    CHECK(found->of == &mixed);
    CHECK(found->transform == 0b0101);
    CHECK(found->refuse == 0);
    CHECK(one.gate.take_suspect()->index == 1);
    CHECK(one.gate.take_suspect()->index == 3);
    CHECK_FALSE(one.gate.take_suspect());
}

TEST_CASE("intake gate: without a log of attempts nothing is a suspect")
{
    bench one;
    intake_gate plain(one.work, {.sets_suspects_aside = false});
    auto& all = one.deliver({});
    all.count = 2;
    all.messages[0].receive_count = 100;
    plain.push(all);
    CHECK(one.find()->transform == 0b11);
}

TEST_CASE("suspect lane: a suspect is transformed alone, and the others wait meanwhile")
{
    bench one;
    one.start([&] { return one.lane.run(); });
    one.settle();
    one.deliver({1});
    one.deliver({7});
    one.settle();
    const auto first = one.find();
    REQUIRE(first);
    CHECK(one.attempts.begins == 0); // a worker has work: the suspect is not alone
    one.deliver({1, 1});
    CHECK_FALSE(one.find()); // kept by the gate
    one.done();
    const auto suspect = one.find();
    REQUIRE(suspect);
    CHECK(suspect->of == one.made[1].get());
    CHECK(suspect->transform == 0b1);
    CHECK(one.attempts.open.size() == 1); // begun before the transform
    CHECK_FALSE(one.find());
    one.done();
    CHECK(one.attempts.open.empty());     // survived
    CHECK(one.find()->transform == 0b11); // the others go on
    one.lane.stop();
    one.done();
}

TEST_CASE("suspect lane: only three deaths make a message a dead letter unread")
{
    const unsigned deaths = GENERATE(0U, 2U, 3U, 5U);
    CAPTURE(deaths);
    bench one;
    one.start([&] { return one.lane.run(); });
    if (deaths != 0)
        one.attempts.open["m0"] = deaths;
    one.deliver({1000});
    one.settle();
    const auto found = one.find();
    REQUIRE(found);
    const bool convicted = deaths >= 3;
    CHECK(found->transform == (convicted ? 0 : 1));
    CHECK(found->refuse == (convicted ? 1 : 0));
    one.done();
    // The evidence stays until long after the letter is durable.
    CHECK(one.attempts.open.count("m0") == (convicted ? 1 : 0));
    one.lane.stop();
    one.settle();
}

TEST_CASE("suspect lane: while the database is sick the others go on")
{
    bench one;
    one.attempts.sick = true;
    one.start([&] { return one.lane.run(); });
    one.deliver({9, 1});
    one.settle();
    REQUIRE(one.find());
    one.done();
    REQUIRE(one.lane.trouble());
    CHECK_THAT(*one.lane.trouble(), Catch::Contains("sluice.attempts: trouble"));
    one.deliver({1});
    CHECK(one.find());
    one.done();
    one.attempts.sick = false;
    one.pass(60s);
    CHECK(one.find()->transform == 0b1);
    CHECK_FALSE(one.lane.trouble());
    one.lane.stop();
    one.done();
}

TEST_CASE("suspect lane: a beginning that was not answered is no death")
{
    bench one;
    one.attempts.answers_lost = 5;
    one.start([&] { return one.lane.run(); });
    one.deliver({9});
    one.pass(300s);
    const auto found = one.find();
    REQUIRE(found);
    CHECK(found->transform == 0b1);
    CHECK(one.attempts.begins == 6);
    CHECK(one.attempts.open.at("m0") == 1);
    one.lane.stop();
    one.done();
    CHECK(one.attempts.open.empty());
}

TEST_CASE("suspect lane: a stop is no death, also when the beginning was not answered")
{
    bench one;
    one.attempts.answers_lost = GENERATE(0, 1);
    one.start([&] { return one.lane.run(); });
    one.deliver({9});
    one.settle();
    one.lane.stop();
    one.settle();
    REQUIRE(one.find());
    one.done();
    CHECK(one.attempts.open.empty());
}

TEST_CASE(
    "suspect lane: a suspect that is given back while the workers are busy is missed by nobody")
{
    bench one;
    one.start([&] { return one.lane.run(); });
    one.deliver({1, 9});
    one.settle();
    CHECK(one.gate.take_suspects_if([](const receipt&) { return true; }).size() == 1);
    REQUIRE(one.find());
    one.done();
    one.deliver({1});
    CHECK(one.find());
    one.lane.stop();
    one.done();
}

TEST_CASE("suspect lane: stopped, it leaves what waits to the gate")
{
    bench one;
    one.attempts.sick = true;
    one.start([&] { return one.lane.run(); });
    one.deliver({9});
    one.settle();
    one.lane.stop();
    one.settle();
    CHECK(one.gate.take_all().size() == 1);
    CHECK(one.attempts.begins == 0);
}

TEST_CASE("suspect lane: its trouble is over when nobody waits any more")
{
    bench one;
    one.attempts.sick = true;
    one.start([&] { return one.lane.run(); });
    one.deliver({9});
    one.pass(10s);
    CHECK(one.lane.trouble());
    CHECK(one.gate.take_all().size() == 1); // it goes back to the queue
    one.pass(60s);
    CHECK_FALSE(one.lane.trouble());
    one.lane.stop();
    one.settle();
}

TEST_CASE(
    "suspect lane: a beginning that the database refused is none, and does not hold up a stop")
{
    bench one;
    one.start([&] { return one.lane.run(); });
    one.deliver({9});
    one.attempts.sick = true;
    one.pass(10s);
    one.lane.stop();
    one.settle();
    one.attempts.sick = false;
    one.pass(60s);
    CHECK(one.attempts.begins == 0);
    CHECK(one.gate.take_all().size() == 1);
}

TEST_CASE("suspect lane: what went back to the queue in doubt is not left as a death")
{
    bench one;
    one.attempts.answers_lost = 1;
    one.start([&] { return one.lane.run(); });
    one.deliver({9});
    one.settle();
    CHECK(one.attempts.open.at("m0") == 1); // begun, and nobody knows
    CHECK(one.gate.take_suspects_if([](const receipt&) { return true; }).size() == 1);
    one.deliver({9});
    one.pass(60s);
    REQUIRE(one.find());
    one.done();
    CHECK(one.attempts.open.empty());
    one.lane.stop();
    one.settle();
}

TEST_CASE("suspect lane: a stop that comes while the workers are busy begins nothing")
{
    bench one;
    one.start([&] { return one.lane.run(); });
    one.deliver({1, 9});
    one.settle();
    one.lane.stop();
    REQUIRE(one.find());
    one.done();
    CHECK(one.attempts.begins == 0);
    CHECK(one.gate.take_all().size() == 1);
}

TEST_CASE("suspect lane: a stop does not wait for workers before an attempt, but for an attempt")
{
    bench busy;
    bool ended = false;
    busy.start([&]() -> awaitable<void> {
        co_await busy.lane.run();
        ended = true;
    });
    busy.deliver({1, 9});
    busy.settle();
    REQUIRE(busy.find()); // and a worker is not done with it
    busy.lane.stop();
    busy.settle();
    CHECK(ended);

    bench at_it;
    ended = false;
    at_it.start([&]() -> awaitable<void> {
        co_await at_it.lane.run();
        ended = true;
    });
    at_it.deliver({9});
    at_it.settle();
    REQUIRE(at_it.find());
    at_it.lane.stop();
    at_it.settle();
    CHECK_FALSE(ended);
    at_it.done();
    CHECK(ended);
    CHECK(at_it.attempts.open.empty());
}

TEST_CASE("intake gate: once the workers have ended it opens no more, and gives all back")
{
    bench one;
    one.gate.close();
    one.deliver({1, 1});
    one.gate.stay_closed();
    one.gate.open();
    CHECK_FALSE(one.find());
    CHECK(one.gate.take_all().size() == 2);
}

TEST_CASE("intake gate: what no worker has begun is taken back, and the workers find nothing more")
{
    bench one;
    const delivery& begun = one.deliver({1, 1});
    const delivery& waits = one.deliver({1, 9});
    REQUIRE(one.find()->of == &begun);
    one.work.push({one.made.front().get(), 0, 0b10}); // convicted: it is to be stored unread
    one.gate.stay_closed();
    one.work.close_intake();
    one.gate.take_back();
    CHECK(one.work.intake.drained());
    CHECK_FALSE(one.work.idle());
    one.work.assignment_ends(); // of the first
    CHECK(one.work.idle());
    const auto back = one.gate.take_all();
    REQUIRE(back.size() == 3);
    CHECK((back[0].from == &waits && back[0].index == 1)); // the suspect that waits
    CHECK((back[1].from == &waits && back[1].index == 0));
    CHECK((back[2].from == &begun && back[2].index == 1));
}

TEST_CASE("intake gate: what waits for room is taken out in time, and the others wait on")
{
    bench one;
    const delivery& old = one.deliver({1, 1, 1});
    const delivery& young = one.deliver({1});
    one.gate.close(); // the suspect lane waits until the workers have nothing
    const delivery& kept = one.deliver({1});
    const auto is_old = [&](const receipt& each) {
        return each.from == &old || each.from == &kept;
    };
    const auto out = one.gate.take_unbegun_if(is_old);
    REQUIRE(out.size() == 4);
    CHECK((out[0].from == &old && out[0].index == 0));
    CHECK((out[2].from == &old && out[2].index == 2));
    CHECK(out[3].from == &kept);
    CHECK_FALSE(one.work.idle());
    CHECK(one.find()->of == &young);
    CHECK_FALSE(one.find());
    one.done();
    CHECK(one.work.idle());
    CHECK(one.gate.take_all().empty());
}

TEST_CASE("intake gate: a suspect in work is not taken out")
{
    bench one;
    delivery& old = one.deliver({9});
    one.gate.close();
    one.work.push_alone({&old, 1, 0});
    CHECK(one.gate.take_unbegun_if([](const receipt&) { return true; }).empty());
    CHECK(one.find()->of == &old);
}
