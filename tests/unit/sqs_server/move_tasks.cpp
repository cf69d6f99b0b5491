// Move tasks: messages go back from a dead-letter queue.
#include "world.hpp"

namespace sluice::sqs_server {
namespace {

struct with_dead_letters
{
    world w;
    queue& dead = w.make("dead");
    queue& other = w.make("other");
    queue& q = w.make("q", {{"VisibilityTimeout", "0"},
                            {"RedrivePolicy", R"({"deadLetterTargetArn":")" + dead.arn() +
                                                  R"(","maxReceiveCount":1})"}});

    explicit with_dead_letters(int letters)
    {
        for (int i = 0; i < letters; ++i)
            w.send(q, std::to_string(i));
        while (q.counts().visible != 0)
            w.receive(q);
        REQUIRE(dead.counts().visible == static_cast<std::size_t>(letters));
    }

    const move_task& start(std::optional<std::uint32_t> rate = {}, const std::string& to = "")
    {
        return w.box.tasks().start(
            {.source_arn = dead.arn(), .destination_arn = to, .messages_per_second = rate}, w.now);
    }

    void run()
    {
        while (const auto next = w.box.tasks().next_step()) {
            w.now = std::max(w.now, *next);
            w.box.tasks().advance(w.now);
        }
    }
};

} // namespace

TEST_CASE("move task: messages go back to where they came from, as new messages")
{
    with_dead_letters t(3);
    const held before = t.w.take(t.dead, {.most = 1, .visibility = seconds(0)});
    const move_task& task = t.start();
    t.run();
    CHECK(task.status == move_status::completed);
    CHECK(task.moved == 3);
    CHECK(t.dead.counts().visible == 0);
    const std::vector<held> back = t.w.receive(t.q, {.visibility = seconds(30)});
    CHECK(bodies(back) == "0 1 2");
    CHECK(back[0].by.receive == 1);
    CHECK_FALSE(back[0].id == before.id);
    CHECK(back[0].sent_at > before.sent_at - seconds(1));
    CHECK(back[0].source_arn.empty());
    CHECK(t.w.count(event_kind::moved) == 3);
}

TEST_CASE("move task: a destination of its own beats the origin")
{
    with_dead_letters t(2);
    t.start({}, t.other.arn());
    t.run();
    CHECK(t.other.counts().visible == 2);
}

TEST_CASE("move task: the rate is kept")
{
    with_dead_letters t(10);
    const move_task& task = t.start(2);
    t.w.box.tasks().advance(t.w.now);
    CHECK(task.moved == 1);
    t.w.pass(milliseconds(499));
    t.w.box.tasks().advance(t.w.now);
    CHECK(task.moved == 1);
    t.w.pass(milliseconds(501));
    t.w.box.tasks().advance(t.w.now);
    CHECK(task.moved == 3);
    CHECK(task.status == move_status::running);
}

TEST_CASE("move task: a cancelled task moves no more")
{
    with_dead_letters t(10);
    const move_task& task = t.start(1);
    t.w.pass(seconds(2));
    CHECK(t.w.box.tasks().cancel(task.handle, t.w.now).moved == 3);
    t.w.pass(minutes(1));
    t.w.box.tasks().advance(t.w.now);
    CHECK(task.moved == 3);
    CHECK(task.status == move_status::cancelled);
    CHECK(refused([&] { t.w.box.tasks().cancel(task.handle, t.w.now); }).code() ==
          errc::resource_not_found);
    CHECK(refused([&] { t.w.box.tasks().cancel("no such", t.w.now); }).code() ==
          errc::resource_not_found);
}

TEST_CASE("move task: a message that was sent to the dead-letter queue itself has no way back")
{
    with_dead_letters t(0);
    t.w.send(t.dead, "direct");
    const move_task& task = t.start();
    t.run();
    CHECK(task.status == move_status::failed);
    CHECK(task.failure == "CouldNotDetermineMessageSource");
    CHECK(t.dead.counts().visible == 1);
}

TEST_CASE("move task: a source that is deleted fails its task")
{
    with_dead_letters t(5);
    const move_task& task = t.start(1);
    t.w.box.destroy(t.dead, t.w.now);
    t.run();
    CHECK(task.status == move_status::failed);
    CHECK(task.failure == "AWS.SimpleQueueService.NonExistentQueue");
}

TEST_CASE("move task: one at a time for a queue, the newest listed first")
{
    with_dead_letters t(5);
    t.start(1);
    CHECK(refused([&] { t.start(); }).code() == errc::invalid_parameter_value);
    t.w.pass(seconds(10));
    const std::string second = t.start(3).handle;
    const auto listed = t.w.box.tasks().list(t.dead.arn(), t.w.now);
    REQUIRE(listed.size() == 2);
    CHECK(listed[0]->handle == second);
    CHECK(to_string(listed[1]->status) == "COMPLETED");
}

TEST_CASE("move task: the source must be a dead-letter queue, both ends must exist")
{
    with_dead_letters t(1);
    move_tasks& tasks = t.w.box.tasks();
    CHECK(refused([&] { tasks.start({.source_arn = t.q.arn()}, t.w.now); }).code() ==
          errc::invalid_parameter_value);
    CHECK(refused([&] { tasks.start({.source_arn = t.q.arn() + "x"}, t.w.now); }).code() ==
          errc::resource_not_found);
    CHECK(refused([&] { t.start({}, "arn:aws:sqs:eu-west-1:000000000000:q"); }).code() ==
          errc::resource_not_found);
    CHECK(refused([&] { static_cast<void>(tasks.list("nonsense", t.w.now)); }).code() ==
          errc::resource_not_found);
}

} // namespace sluice::sqs_server
