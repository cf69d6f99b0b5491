#include "daemon/sender.hpp"

#include "support/virtual_clock.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::daemon;

namespace {

// A queue whose answers the test decides, and a file of numbered lines.
class rig
{
public:
    explicit rig(std::size_t lines) : lines_(lines) {}

    void start()
    {
        bench.start([this]() -> awaitable<void> {
            try {
                co_await work.run();
            } catch (const sqs::queue_error& error) {
                failure = error.what();
            }
            ended = true;
        });
        bench.settle();
    }

    // What the queue says of a batch; done unless the test says otherwise.
    std::function<awaitable<sqs::batch_reply>(std::vector<std::string>)> answer;

    test::test_bench bench;
    seeded_random random{1};
    std::size_t calls = 0;
    std::size_t under_way = 0;
    std::size_t most_under_way = 0;
    std::map<std::string, int> sent;              // body: how often
    std::map<std::uint64_t, std::string> refused; // line: why
    std::string failure;
    bool ended = false;
    sender work{bench.io.get_executor(), bench.time, random, ports()};

    static sqs::batch_reply all_done(std::size_t entries)
    {
        return {sqs::batch_result(entries, sqs::entry_result::done), {}};
    }

private:
    send_ports ports()
    {
        return {.next = [this]() -> awaitable<line_batch> { co_return next(); },
                .send = [this](std::span<const std::string_view> bodies) { return send(bodies); },
                .tell = [this](std::uint64_t line, const std::string& why) { refused[line] = why; },
                .progress = [this](const send_counts& now) { last_progress = now; }};
    }

    line_batch next()
    {
        line_batch out;
        while (out.lines.size() < lines_per_batch_max && read_ < lines_) {
            ++read_;
            out.lines.push_back({read_, std::to_string(read_)});
        }
        out.last = read_ == lines_;
        return out;
    }

    awaitable<sqs::batch_reply> send(std::span<const std::string_view> bodies)
    {
        ++calls;
        most_under_way = std::max(most_under_way, ++under_way);
        const std::vector<std::string> copies(bodies.begin(), bodies.end());
        sqs::batch_reply reply = all_done(copies.size());
        try {
            if (answer)
                reply = co_await answer(copies);
        } catch (...) { // only counted here
            --under_way;
            throw;
        }
        --under_way;
        for (std::size_t i = 0; i < copies.size(); ++i)
            if (reply.results[i] == sqs::entry_result::done)
                ++sent[copies[i]];
        co_return reply;
    }

    std::size_t lines_;
    std::size_t read_ = 0;

public:
    send_counts last_progress;
};

} // namespace

TEST_CASE("sender: every line is sent once, several batches at once")
{
    rig r(1000);
    r.answer = [&](std::vector<std::string> bodies) -> awaitable<sqs::batch_reply> {
        sleeper pause(r.bench.time);
        co_await pause.sleep_for(std::chrono::milliseconds{10});
        co_return rig::all_done(bodies.size());
    };
    r.start();
    r.bench.pass(std::chrono::seconds{1});
    CHECK(r.ended);
    CHECK(r.failure.empty());
    CHECK(r.most_under_way == sender::batches_at_once);
    CHECK(r.calls == 100);
    CHECK(r.sent.size() == 1000);
    CHECK(r.work.counts().sent == 1000);
    CHECK(r.work.counts().not_sent == 0);
    CHECK(r.last_progress.sent == 1000);
}

TEST_CASE("sender: an empty file is no call")
{
    rig r(0);
    r.start();
    CHECK(r.ended);
    CHECK(r.calls == 0);
}

TEST_CASE("sender: only the entries that failed are sent again")
{
    rig r(10);
    r.answer = [&](std::vector<std::string> bodies) -> awaitable<sqs::batch_reply> {
        sqs::batch_reply reply = rig::all_done(bodies.size());
        if (r.calls < 3) {
            reply.results.back() = sqs::entry_result::retry;
            reply.failed.push_back({bodies.size() - 1, false, "InternalError", {}});
        }
        co_return reply;
    };
    r.start();
    r.bench.pass(std::chrono::minutes{1});
    CHECK(r.ended);
    CHECK(r.calls == 3);
    CHECK(r.sent.size() == 10);
    CHECK(r.sent["10"] == 1);
    CHECK(r.work.counts().not_sent == 0);
}

TEST_CASE("sender: an entry that is refused is told by its line, and the rest goes on")
{
    rig r(30);
    r.answer = [&](std::vector<std::string> bodies) -> awaitable<sqs::batch_reply> {
        sqs::batch_reply reply = rig::all_done(bodies.size());
        for (std::size_t i = 0; i < bodies.size(); ++i)
            if (bodies[i] == "15") {
                reply.results[i] = sqs::entry_result::dead;
                reply.failed.push_back({i, true, "InvalidMessageContents", "quotes the message"});
            }
        co_return reply;
    };
    r.start();
    CHECK(r.ended);
    CHECK(r.failure.empty());
    CHECK(r.calls == 3);
    CHECK(r.sent.size() == 29);
    REQUIRE(r.refused.size() == 1);
    CHECK(r.refused[15] ==
          "was refused by SQS (InvalidMessageContents); correct it and send it again");
    CHECK(r.work.counts().not_sent == 1);
}

TEST_CASE("sender: an entry that fails for ever is given up after the last attempt")
{
    rig r(1);
    r.answer = [&](std::vector<std::string>) -> awaitable<sqs::batch_reply> {
        sqs::batch_reply reply{{sqs::entry_result::retry}, {{0, false, "InternalError", {}}}};
        co_return reply;
    };
    r.start();
    r.bench.pass(std::chrono::minutes{5});
    CHECK(r.ended);
    CHECK(r.failure.empty());
    CHECK(r.calls == sender::attempts_max);
    CHECK(r.refused.count(1) == 1);
    CHECK(r.work.counts().not_sent == 1);
}

TEST_CASE("sender: a queue that fails for a while is asked again, with pauses")
{
    rig r(20);
    r.answer = [&](std::vector<std::string> bodies) -> awaitable<sqs::batch_reply> {
        if (r.calls <= 6)
            throw sqs::queue_error(sqs::failure::transient, "no way there");
        co_return rig::all_done(bodies.size());
    };
    r.start();
    CHECK_FALSE(r.ended);
    r.bench.pass(std::chrono::minutes{2});
    CHECK(r.ended);
    CHECK(r.failure.empty());
    CHECK(r.sent.size() == 20);
}

TEST_CASE("sender: a queue that stays away ends it, and what was under way is known")
{
    rig r(1000);
    r.answer = [&](std::vector<std::string>) -> awaitable<sqs::batch_reply> {
        throw sqs::queue_error(sqs::failure::transient, "no way there");
        co_return sqs::batch_reply{};
    };
    r.start();
    r.bench.pass(std::chrono::minutes{10});
    CHECK(r.ended);
    CHECK(r.failure == "no way there");
    CHECK(r.under_way == 0);
    CHECK(r.calls <= sender::batches_at_once * sender::attempts_max);
    CHECK(r.work.given_up().size() == sender::batches_at_once * lines_per_batch_max);
    CHECK(r.work.counts().sent == 0);
    CHECK(r.work.counts().not_sent == r.work.given_up().size());
}

TEST_CASE("sender: what sending again cannot cure ends it at once")
{
    for (const sqs::failure why :
         {sqs::failure::forbidden, sqs::failure::no_queue, sqs::failure::bad_request}) {
        rig r(1000);
        r.answer = [&, why](std::vector<std::string> bodies) -> awaitable<sqs::batch_reply> {
            if (r.calls == 3)
                throw sqs::queue_error(why, "not so");
            co_return rig::all_done(bodies.size());
        };
        r.start();
        CHECK(r.ended);
        CHECK(r.failure == "not so");
        CHECK(r.work.given_up().size() == lines_per_batch_max);
        CHECK(r.work.counts().sent == (r.calls - 1) * lines_per_batch_max);
        CHECK(r.calls <= 2 + sender::batches_at_once);
    }
}
