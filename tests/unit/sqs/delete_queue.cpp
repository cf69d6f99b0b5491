#include "source/sqs/delete_queue.hpp"

#include "unit/sqs/deliveries.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using sqs::delete_queue;

namespace {

const steady_time start{1h};

receipt leased(test::deliveries& all, steady_time until)
{
    const receipt one = all.one();
    one.lease_ends() = until;
    return one;
}

} // namespace

TEST_CASE("delete_queue: ten leave at once, nine wait for the linger")
{
    test::deliveries all;
    delete_queue queue(50ms);
    for (int i = 0; i < 9; ++i)
        queue.add(all.one(), start);
    CHECK(queue.take(start).empty());
    CHECK(queue.next_due() == start + 50ms);
    queue.add(all.one(), start + 1ms);
    CHECK(queue.next_due() <= start);
    CHECK(queue.take(start + 1ms).size() == 10);
    CHECK(queue.next_due() == never);
}

TEST_CASE("delete_queue: after the linger fewer than ten leave")
{
    test::deliveries all;
    delete_queue queue(50ms);
    queue.add(all.one(), start);
    queue.add(all.one(), start + 40ms);
    CHECK(queue.take(start + 49ms).empty());
    CHECK(queue.take(start + 50ms).size() == 2);
}

TEST_CASE("delete_queue: a retry leaves after its pause and takes others along")
{
    test::deliveries all;
    delete_queue queue(50ms);
    const receipt failed = leased(all, start + 30s);
    CHECK(queue.retry(failed, start, 200ms));
    queue.add(all.one(), start + 190ms);
    CHECK(queue.take(start + 199ms).empty());
    CHECK(queue.next_due() == start + 200ms);
    const auto taken = queue.take(start + 200ms);
    REQUIRE(taken.size() == 2);
    CHECK(taken[0] == failed);
}

TEST_CASE("delete_queue: a delete whose lease would be over is given up")
{
    test::deliveries all;
    delete_queue queue(50ms);
    CHECK_FALSE(queue.retry(leased(all, start + 100ms), start, 200ms));
    CHECK(queue.size() == 0);
}

TEST_CASE("delete_queue: in a hurry nothing waits")
{
    test::deliveries all;
    delete_queue queue(50ms);
    queue.add(all.one(), start);
    queue.hurry();
    CHECK(queue.next_due() <= start);
    CHECK(queue.take(start).size() == 1);
}

TEST_CASE("delete_queue: more than ten retries leave in tens")
{
    test::deliveries all;
    delete_queue queue(50ms);
    for (int i = 0; i < 25; ++i)
        CHECK(queue.retry(leased(all, start + 30s), start, 0ms));
    CHECK(queue.take(start).size() == 10);
    CHECK(queue.take(start).size() == 10);
    CHECK(queue.take(start).size() == 5);
    CHECK(queue.take(start).empty());
}
