#include "sink/postgres/write_queue.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::postgres;
using namespace std::chrono_literals;
using path = transform::row_batch::path;

namespace {

const steady_time start{1h};
constexpr transform::ledger_key key_above{2};
constexpr transform::ledger_key key_below{0, 255};
constexpr transform::ledger_key floor_between{1};

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

commit_outcome committed()
{
    commit_outcome outcome;
    outcome.what = commit_outcome::kind::committed;
    return outcome;
}

write_job job()
{
    write_job made;
    made.batch = std::make_unique<transform::row_batch>();
    made.batch->rows.push_back({key_above, {}});
    return made;
}

} // namespace

TEST_CASE("write_queue: a committed batch is settled")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    CHECK(queue.decide(one, committed(), start) == follow_up::settled);
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
}

TEST_CASE("write_queue: what is refused stands back, so that others go first")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    for (const char* const sqlstate : {"57014", "42883"}) {
        static_cast<void>(queue.decide(one, refused(sqlstate), start));
        CHECK(one.not_before == start + 100ms);
        CHECK(queue.decide(one, refused(sqlstate, statement::barrier), start) !=
              follow_up::isolate);
        CHECK(one.not_before == start); // no row is to blame for that
    }
}

TEST_CASE("write_queue: a batch that is refused while others are stored is taken apart")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job two = job();
    two.batch->rows.push_back({key_below, {}});
    write_job other = job();
    CHECK(queue.decide(two, refused("57014"), start) == follow_up::reconnect);
    CHECK(queue.decide(other, committed(), start) == follow_up::settled);
    CHECK(queue.decide(two, refused("57014"), start) == follow_up::isolate);

    // Nothing else is stored: perhaps because nothing else comes.
    write_job alone = job();
    alone.batch->rows.push_back({key_below, {}});
    CHECK(queue.decide(alone, refused("42883"), start) == follow_up::await_repair);
    CHECK(queue.decide(alone, refused("42883"), start) == follow_up::await_repair);
    CHECK(queue.decide(alone, refused("42883"), start) == follow_up::isolate);
}

TEST_CASE("write_queue: a row that is refused while others are stored waits, and is no dead letter")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    write_job other = job();
    for (int i = 0; i < 9; ++i)
        CHECK(queue.decide(one, refused("57014"), start) == follow_up::reconnect);
    steady_clock::duration before{};
    for (int i = 0; i < 9; ++i) {
        static_cast<void>(queue.decide(other, committed(), start));
        CHECK(queue.decide(one, refused("57014"), start) == follow_up::set_aside);
        const auto pause = one.not_before - start;
        CHECK(pause >= std::max<steady_clock::duration>(before, 1s));
        CHECK(pause <= 30s);
        before = pause;
    }
    CHECK_FALSE(queue.any_set_aside());
    queue.put_back(std::move(one));
    CHECK(queue.any_set_aside());
    CHECK_FALSE(queue.take(start));
    auto again = queue.take(start + 30s);
    REQUIRE(again);
    CHECK(queue.any_set_aside()); // under way it is not stored yet
    CHECK(queue.decide(*again, committed(), start) == follow_up::settled); // the world is mended
    CHECK_FALSE(queue.any_set_aside());
}

TEST_CASE("write_queue: our own tables refusing a batch without rows is no fault of a row")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    one.batch->rows.clear();
    one.batch->letter_entries.push_back({key_above, {}, transform::reason::missing, -1});
    CHECK(queue.decide(one, refused("23502", statement::careful), start) ==
          follow_up::await_repair);
}

TEST_CASE("write_queue: a key without a partition is asked after on the careful path")
{
    seeded_random random(1);
    write_queue queue(random);
    write_job one = job();
    CHECK(queue.decide(one, refused("23514", statement::ledger), start) == follow_up::again);
    CHECK(one.way == path::careful);
    CHECK(queue.decide(one, refused("23514", statement::careful), start) ==
          follow_up::await_repair);
}

TEST_CASE("write_queue: messages below the floor are set aside, a missing day is a person's work")
{
    seeded_random random(1);
    write_queue queue(random);
    commit_outcome outcome = refused("23514", statement::careful);
    outcome.floor = floor_between;
    write_job young = job();
    young.way = path::careful;
    CHECK(queue.decide(young, outcome, start) == follow_up::await_repair);

    write_job old_row = job();
    old_row.way = path::careful;
    old_row.batch->rows.push_back({key_below, {}});
    CHECK(queue.decide(old_row, outcome, start) == follow_up::isolate);

    write_job old_letter = job();
    old_letter.way = path::careful;
    old_letter.batch->letter_entries.push_back({key_below, {}, transform::reason::missing, -1});
    CHECK(queue.decide(old_letter, outcome, start) == follow_up::isolate);

    write_job at_the_floor = job();
    at_the_floor.way = path::careful;
    at_the_floor.batch->rows.push_back({floor_between, {}});
    CHECK(queue.decide(at_the_floor, outcome, start) == follow_up::await_repair);
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
