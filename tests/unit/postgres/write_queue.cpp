#include "sink/postgres/write_queue.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::postgres;
using namespace std::chrono_literals;
using path = transform::row_batch::path;

namespace {

const steady_time start{1h};

commit_outcome refused(std::string sqlstate, statement where = statement::rows,
                       std::string constraint = {})
{
    commit_outcome outcome;
    outcome.what = commit_outcome::kind::refused;
    outcome.where = where;
    outcome.error.sqlstate = std::move(sqlstate);
    outcome.error.constraint = std::move(constraint);
    return outcome;
}

write_job job()
{
    write_job made;
    made.batch = std::make_unique<transform::row_batch>();
    return made;
}

} // namespace

TEST_CASE("write_queue: a committed batch is settled")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    commit_outcome outcome;
    outcome.what = commit_outcome::kind::committed;
    CHECK(queue.decide(one, outcome, start) == follow_up::settled);
}

TEST_CASE("write_queue: an unknown outcome goes again on the careful path, over a new connection")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    CHECK(queue.decide(one, commit_outcome{}, start) == follow_up::reconnect);
    CHECK(one.way == path::careful);
}

TEST_CASE("write_queue: a duplicate goes again at once on the careful path")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    CHECK(queue.decide(one, refused("23505", statement::ledger, "ledger_pkey"), start) ==
          follow_up::again);
    CHECK(one.way == path::careful);
    CHECK(one.not_before == start);
}

TEST_CASE("write_queue: a conflict goes again after a pause, and not for ever on one connection")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    for (int i = 0; i < 5; ++i) {
        CHECK(queue.decide(one, refused("40P01"), start) == follow_up::again);
        CHECK(one.way == path::fast);
        CHECK(one.not_before <= start + 1s);
    }
    CHECK(queue.decide(one, refused("40P01"), start) == follow_up::reconnect);
}

TEST_CASE("write_queue: bad rows are isolated, sick databases and wrong deployments are not")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    CHECK(queue.decide(one, refused("22001"), start) == follow_up::isolate);
    CHECK(queue.decide(one, refused("53100"), start) == follow_up::reconnect);
    CHECK(queue.decide(one, refused("42P01"), start) == follow_up::await_repair);
    CHECK(queue.decide(one, refused("23514", statement::ledger), start) == follow_up::await_repair);
}

TEST_CASE("write_queue: jobs come out oldest first, once their pause is over")
{
    seeded_random random(1);
    write_queue queue(random);
    for (int i = 0; i < 3; ++i) {
        write_job one = job();
        one.conflicts = static_cast<unsigned>(i);
        one.not_before = start + (i == 0 ? 10ms : 0ms);
        queue.put_back(std::move(one));
    }
    CHECK(queue.next_due() == start);
    CHECK(queue.take(start)->conflicts == 1);
    CHECK(queue.take(start)->conflicts == 2);
    CHECK_FALSE(queue.take(start));
    CHECK(queue.next_due() == start + 10ms);
    CHECK(queue.take(start + 10ms)->conflicts == 0);
    CHECK(queue.empty());
    CHECK(queue.next_due() == never);
}
