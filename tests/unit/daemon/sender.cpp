#include "daemon/send/sender.hpp"

#include "support/virtual_clock.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
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
    explicit rig(std::size_t lines, std::size_t groups = 0) : groups_(groups), lines_(lines) {}

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
    std::map<std::string, int> sent;               // body: how often
    std::map<std::string, std::vector<int>> order; // message group: what was sent of it
    std::map<std::uint64_t, std::string> refused;  // line: why
    std::string failure;
    bool ended = false;

    static sqs::batch_reply all_done(std::size_t entries)
    {
        return {sqs::batch_result(entries, sqs::entry_result::done), {}};
    }

private:
    std::size_t groups_;

public:
    sender work{bench.io.get_executor(), bench.time, random, groups_ != 0, ports()};

private:
    send_ports ports()
    {
        return {.next = [this]() -> awaitable<line_batch> { co_return next(); },
                .send = [this](std::span<const sqs::outgoing> messages) { return send(messages); },
                .tell = [this](std::uint64_t line, const std::string& why) { refused[line] = why; },
                .progress = [this](const send_counts& now) { last_progress = now; }};
    }

    line_batch next()
    {
        line_batch out;
        while (out.lines.size() < lines_per_batch_max && read_ < lines_) {
            ++read_;
            message_line line{.number = read_, .body = std::to_string(read_)};
            if (groups_ != 0)
                line.group_id = fmt::format("g{}", read_ % groups_);
            out.lines.push_back(std::move(line));
        }
        out.last = read_ == lines_;
        return out;
    }

    awaitable<sqs::batch_reply> send(std::span<const sqs::outgoing> messages)
    {
        ++calls;
        most_under_way = std::max(most_under_way, ++under_way);
        std::vector<std::string> copies;
        std::vector<std::string> groups;
        for (const sqs::outgoing& each : messages) {
            copies.emplace_back(each.body);
            groups.emplace_back(each.group_id);
        }
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
            if (reply.results[i] == sqs::entry_result::done) {
                ++sent[copies[i]];
                order[groups[i]].push_back(std::stoi(copies[i]));
            }
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

TEST_CASE("sender: the lines of a group arrive in their order, whatever fails on the way")
{
    rig r(3000, 7);
    seeded_random chance(5);
    r.answer = [&](std::vector<std::string> bodies) -> awaitable<sqs::batch_reply> {
        sleeper pause(r.bench.time);
        co_await pause.sleep_for(std::chrono::milliseconds{1 + chance.below(20)});
        if (chance.below(10) == 0)
            throw sqs::queue_error(sqs::failure::transient, "no way there");
        sqs::batch_reply reply = rig::all_done(bodies.size());
        for (std::size_t i = 0; i < bodies.size(); ++i)
            if (chance.below(5) == 0) {
                reply.results[i] = sqs::entry_result::retry;
                reply.failed.push_back({i, false, "InternalError", {}});
            }
        co_return reply;
    };
    r.start();
    r.bench.pass(std::chrono::hours{2});
    CHECK(r.ended);
    CHECK(r.failure.empty());
    CHECK(r.work.counts().sent == 3000);
    CHECK(r.most_under_way > 1);
    CHECK(r.order.size() == 7);
    for (const auto& [group, lines] : r.order)
        CHECK(std::ranges::is_sorted(lines));
}

TEST_CASE(
    "sender: of a queue that failed, nothing more of any group is begun, and the rest is known")
{
    rig r(100, 3);
    r.answer = [&](std::vector<std::string> bodies) -> awaitable<sqs::batch_reply> {
        if (r.calls == 5)
            throw sqs::queue_error(sqs::failure::forbidden, "not so");
        co_return rig::all_done(bodies.size());
    };
    r.start();
    CHECK(r.ended);
    CHECK(r.failure == "not so");
    CHECK(r.calls <= 5 + sender::batches_at_once);
    const send_counts counts = r.work.counts();
    CHECK(counts.not_sent == r.work.given_up().size());
    CHECK((counts.sent + counts.not_sent) % lines_per_batch_max == 0); // all that was read
    for (const std::uint64_t line : r.work.given_up())
        CHECK(r.sent.count(std::to_string(line)) == 0);
}
