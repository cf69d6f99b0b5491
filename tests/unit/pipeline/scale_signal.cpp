#include "pipeline/scale_signal.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>

using namespace sluice;
using namespace std::chrono_literals;
using pipeline::scale_signal;

namespace {

constexpr steady_time start{1h};

// A daemon that is told step by step what happened between two readings.
class told
{
public:
    explicit told(scale_signal::options how = {}) : signal_(how) { read(); }

    struct interval
    {
        std::uint64_t stored = 0;
        std::uint64_t waiting = 0; // at its end
        double batch_seconds = 0.02;
        std::uint64_t batch_rows = 1000;
    };

    std::size_t after(interval what)
    {
        const std::uint64_t batches = (what.stored + what.batch_rows - 1) / what.batch_rows;
        now_.at += 15s;
        now_.stored += what.stored;
        now_.batches += batches;
        now_.batch_seconds += static_cast<double>(batches) * what.batch_seconds;
        now_.waiting = what.waiting;
        read();
        return signal_.replicas();
    }

    // Four intervals alike.
    std::size_t after_a_minute(interval what)
    {
        for (int i = 0; i < 3; ++i)
            after(what);
        return after(what);
    }

    void stop_running() { now_.running_since.reset(); }
    void run_again() { now_.running_since = now_.at + 1s; }

private:
    void read() { signal_.note(now_); }

    scale_signal signal_;
    scale_signal::reading now_{.at = start, .running_since = start};
};

constexpr scale_signal::options two_minutes{.target_age = 2min, .replicas_max = 20};

} // namespace

TEST_CASE("scale_signal: an empty queue wants one")
{
    told one(two_minutes);
    CHECK(one.after({}) == 1);
    CHECK(one.after({.stored = 10}) == 1);
}

TEST_CASE("scale_signal: as many as store what waits within the target age")
{
    told one(two_minutes);
    CHECK(one.after({.stored = 10, .waiting = 500'000}) == 1); // a rate needs a busy interval
    CHECK(one.after({.stored = 15'000, .waiting = 500'000}) == 2);
    CHECK(one.after_a_minute({.stored = 15'000, .waiting = 500'000}) == 4);
    CHECK(one.after_a_minute({.stored = 15'000, .waiting = 500'000}) == 5); // 1000 a second, 4.2
    CHECK(one.after_a_minute({.stored = 15'000, .waiting = 600'000}) == 5);
    CHECK(one.after_a_minute({.stored = 15'000, .waiting = 611'000}) == 5);
    CHECK(one.after_a_minute({.stored = 15'000, .waiting = 613'000}) == 6);
}

TEST_CASE("scale_signal: twice as many in a minute at most, however much waits")
{
    told one(two_minutes);
    one.after({.waiting = 9'000'000});
    for (const std::size_t most : {2U, 4U, 8U, 16U, 20U})
        for (int i = 0; i < 4; ++i)
            CHECK(one.after({.stored = 15'000, .waiting = 9'000'000}) == most);
}

TEST_CASE("scale_signal: what one daemon stores in time is no reason for another")
{
    told one(two_minutes);
    CHECK(one.after({.stored = 15'000, .waiting = 120'000}) == 1);
    CHECK(one.after({.stored = 15'000, .waiting = 120'000}) == 1);
    CHECK(one.after({.stored = 15'000, .waiting = 131'000}) == 1); // nor is a hair more
    CHECK(one.after({.stored = 15'000, .waiting = 133'000}) == 2);
}

TEST_CASE("scale_signal: a trickle says nothing of what is possible")
{
    told one(two_minutes);
    for (int i = 0; i < 20; ++i)
        CHECK(one.after({.stored = 15, .waiting = 1}) == 1); // one a second comes, and one is there
    CHECK(one.after({.stored = 15, .waiting = 100'000}) == 1);
    CHECK(one.after({.stored = 15'000, .waiting = 85'000}) == 1);
}

TEST_CASE("scale_signal: as many as keep up with what comes are kept, whatever waits")
{
    told one(two_minutes);
    one.after({.waiting = 300'000});
    CHECK(one.after({.stored = 15'000, .waiting = 300'000}) == 2);
    CHECK(one.after_a_minute({.stored = 15'000, .waiting = 300'000}) == 3);
    // 2900 a second come, and three store 3000.
    for (std::uint64_t waiting = 298'500; waiting >= 1500; waiting -= 1500)
        CHECK(one.after({.stored = 15'000, .waiting = waiting}) == 3);
    for (int i = 0; i < 20; ++i)
        CHECK(one.after({.stored = 14'500, .waiting = 100}) == 3);
    CHECK(one.after({.stored = 9000, .waiting = 100}) == 2); // 1800 come
    for (int i = 0; i < 20; ++i)
        CHECK(one.after({.stored = 13'500, .waiting = 100}) == 2);
    CHECK(one.after({.stored = 500, .waiting = 0}) == 1);
}

TEST_CASE("scale_signal: falls with the backlog, at once when the queue is empty")
{
    told one(two_minutes);
    one.after({.waiting = 1'000'000});
    for (int i = 0; i < 4; ++i)
        one.after_a_minute({.stored = 15'000, .waiting = 1'200'000});
    CHECK(one.after({.stored = 15'000, .waiting = 1'200'000}) == 10);
    CHECK(one.after({.stored = 15'000, .waiting = 600'000}) == 5);
    CHECK(one.after({.stored = 15'000, .waiting = 14'000}) == 1);
    CHECK(one.after({.stored = 15'000, .waiting = 0}) == 1);
}

TEST_CASE("scale_signal: never more than is allowed")
{
    told one({.target_age = 30s, .replicas_max = 3});
    one.after({.waiting = 10'000'000});
    for (int i = 0; i < 10; ++i)
        CHECK(one.after({.stored = 15, .waiting = 10'000'000}) <= 3);
    CHECK(one.after({.stored = 15, .waiting = 10'000'000}) == 3);
}

TEST_CASE("scale_signal: a database that stores nothing wants no more daemons")
{
    told one(two_minutes);
    one.after({.waiting = 300'000});
    CHECK(one.after({.stored = 15'000, .waiting = 300'000}) == 2);
    for (int i = 0; i < 100; ++i)
        CHECK(one.after({.stored = 0, .waiting = 400'000u + 15'000u * static_cast<unsigned>(i)}) ==
              2);
}

TEST_CASE("scale_signal: whoever does not run wants nothing else")
{
    told one(two_minutes);
    one.after({.waiting = 300'000});
    CHECK(one.after({.stored = 15'000, .waiting = 300'000}) == 2);
    one.stop_running();
    CHECK(one.after({.stored = 100, .waiting = 900'000}) == 2);
    CHECK(one.after({.stored = 0, .waiting = 900'000}) == 2);
    one.run_again(); // in the midst of the interval: what was stored in it is no rate
    CHECK(one.after({.stored = 1000, .waiting = 900'000}) == 2);
    CHECK(one.after({.stored = 15'000, .waiting = 900'000}) == 4);
}

TEST_CASE("scale_signal: a database that answers slowly wants no more daemons")
{
    told one(two_minutes);
    one.after({.waiting = 300'000});
    CHECK(one.after({.stored = 15'000, .waiting = 240'000}) == 2);
    for (int i = 0; i < 20; ++i)
        CHECK(one.after({.stored = 3000, .waiting = 900'000, .batch_seconds = 0.09}) == 2);
    CHECK(one.after({.stored = 15'000, .waiting = 900'000}) == 4);
}

TEST_CASE("scale_signal: a second for a batch is slow, also when it is all that was ever seen")
{
    told one(two_minutes);
    one.after({.waiting = 300'000});
    for (int i = 0; i < 20; ++i)
        CHECK(one.after({.stored = 10'000, .waiting = 900'000, .batch_seconds = 1}) == 1);
}

TEST_CASE("scale_signal: a batch of many thousand rows may take longer")
{
    told one(two_minutes);
    one.after({.waiting = 900'000});
    CHECK(one.after(
              {.stored = 15'000, .waiting = 900'000, .batch_seconds = 1, .batch_rows = 5000}) == 2);
}

TEST_CASE("scale_signal: a slower answer that stays becomes the usual one")
{
    told one(two_minutes);
    one.after({.waiting = 300'000});
    CHECK(one.after({.stored = 15'000, .waiting = 240'000}) == 2);
    const auto slower = [&one] {
        return one.after({.stored = 3000, .waiting = 900'000, .batch_seconds = 0.09});
    };
    int minutes = 0;
    while (slower() == 2 && minutes < 24 * 60)
        for (int i = 1; i < 4; ++i, i == 4 ? ++minutes : 0)
            static_cast<void>(slower());
    CHECK(minutes > 30);
    CHECK(minutes < 4 * 60);
}

TEST_CASE("scale_signal: one slow interval of its own is not believed")
{
    told one(two_minutes);
    one.after({.waiting = 300'000});
    for (int i = 0; i < 6; ++i)
        CHECK(one.after({.stored = 15'000, .waiting = 240'000}) == 2);
    // Busy with something else, while the database answers as ever: rows wait for no batch to fill.
    CHECK(one.after({.stored = 1500, .waiting = 240'000}) == 3); // 900 a second
    CHECK(one.after({.stored = 15'000, .waiting = 210'000}) == 2);
}

// ---- the loop that is closed by an autoscaler --------------------------------------------------

namespace {

// A queue, an autoscaler and daemons that all tell what they want; the largest of it counts, and
// less only when it was less for five minutes. A daemon that is new works after half a minute.
class cluster
{
public:
    explicit cluster(scale_signal::options how) : how_(how) { daemons_.emplace_back(how, now_); }

    double coming = 0;           // messages a second
    double each_stores = 1000;   // a second, when it has enough
    double database_most = 1e12; // a second, of all of them
    bool stuck = false;          // the database

    void run(std::chrono::minutes span)
    {
        for (const steady_time end = now_ + span; now_ < end;) {
            second();
            if (++seconds_ % 15 == 0)
                read();
        }
    }

    void send(double messages) { waiting_ += messages; }
    [[nodiscard]] double waiting() const { return waiting_; }
    [[nodiscard]] std::size_t size() const { return daemons_.size(); }
    [[nodiscard]] std::size_t changes() const { return changes_; }
    [[nodiscard]] std::size_t most() const { return most_; }

private:
    struct daemon
    {
        daemon(scale_signal::options how, steady_time at) : signal(how), works_at(at) {}

        scale_signal signal;
        steady_time works_at;
        double stored = 0;
        double batches = 0;
        double batch_seconds = 0;
    };

    void second()
    {
        now_ += 1s;
        waiting_ += coming;
        const auto working = static_cast<double>(
            std::count_if(daemons_.begin(), daemons_.end(),
                          [this](const daemon& each) { return each.works_at <= now_; }));
        const double possible =
            stuck ? 0 : std::min(each_stores, database_most / std::max(working, 1.0));
        const double share = std::min(possible, waiting_ / std::max(working, 1.0));
        for (daemon& each : daemons_) {
            if (each.works_at > now_ || share <= 0)
                continue;
            waiting_ -= share;
            each.stored += share;
            // Where the database is the limit, two batches of 1000 rows wait for it at all times.
            each.batches += share / 1000;
            each.batch_seconds += possible < each_stores ? 2 : share / 1000 * 0.02;
        }
    }

    void read()
    {
        std::size_t wanted = 1;
        for (daemon& each : daemons_) {
            if (each.works_at > now_)
                continue;
            each.signal.note({.at = now_,
                              .waiting = static_cast<std::uint64_t>(waiting_),
                              .running_since = each.works_at,
                              .stored = static_cast<std::uint64_t>(each.stored),
                              .batches = static_cast<std::uint64_t>(each.batches),
                              .batch_seconds = each.batch_seconds});
            wanted = std::max(wanted, each.signal.replicas());
        }
        recent_.push_back(wanted);
        if (recent_.size() > 20)
            recent_.pop_front();
        const std::size_t before = daemons_.size();
        const std::size_t lowest = *std::max_element(recent_.begin(), recent_.end());
        while (daemons_.size() < wanted)
            daemons_.emplace_back(how_, now_ + 30s);
        while (daemons_.size() > lowest)
            daemons_.pop_back();
        changes_ += daemons_.size() != before ? 1 : 0;
        most_ = std::max(most_, daemons_.size());
    }

    scale_signal::options how_;
    steady_time now_ = start;
    std::uint64_t seconds_ = 0;
    double waiting_ = 0;
    std::deque<daemon> daemons_;
    std::deque<std::size_t> recent_;
    std::size_t changes_ = 0;
    std::size_t most_ = 0;
};

} // namespace

TEST_CASE("scale_signal: a load for three daemons gets three or four, and keeps them")
{
    cluster all(two_minutes);
    all.coming = 2900;
    all.run(30min);
    CHECK(all.size() >= 3);
    CHECK(all.size() <= 4);
    const std::size_t changes = all.changes();
    all.run(4h);
    CHECK(all.size() >= 3);
    CHECK(all.size() <= 4);
    CHECK(all.changes() - changes <= 24); // an autoscaler that hunts would have hundreds
    CHECK(all.waiting() < 2900 * 2 * 120);
}

TEST_CASE("scale_signal: a burst is drained near the target age, and the daemons go again")
{
    cluster all(two_minutes);
    all.coming = 100;
    all.run(10min);
    CHECK(all.size() == 1);
    all.send(600'000);
    all.run(6min);
    CHECK(all.most() >= 4);
    CHECK(all.waiting() < 1000);
    all.run(6min);
    CHECK(all.size() == 1);
}

TEST_CASE("scale_signal: a database that is stuck for an hour gets no more clients")
{
    cluster all(two_minutes);
    all.coming = 500;
    all.run(10min);
    CHECK(all.size() == 1);
    all.stuck = true;
    all.run(60min);
    CHECK(all.most() == 1);
    all.stuck = false; // now there is a reason
    all.run(10min);
    CHECK(all.most() > 2);
    all.run(120min);
    CHECK(all.size() == 1);
}

TEST_CASE("scale_signal: a database at its limit is not trampled down")
{
    for (const double limit : {2'500.0, 10'000.0, 25'000.0}) {
        cluster all(two_minutes);
        all.each_stores = 10'000;
        all.coming = 1'000;
        all.run(30min);
        all.coming = 100'000;
        all.database_most = limit;
        all.run(60min);
        INFO("a database that stores " << limit << " a second");
        CHECK(all.most() >= static_cast<std::size_t>(limit / all.each_stores)); // as it can bear
        CHECK(all.most() <= 8);                                                 // of 20
    }
}

TEST_CASE("scale_signal: a database at its limit from the beginning is not trampled down either")
{
    cluster all(two_minutes);
    all.each_stores = 10'000;
    all.coming = 100'000;
    all.database_most = 10'000;
    all.run(60min);
    CHECK(all.most() <= 6);
}
