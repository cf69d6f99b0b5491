#include "pipeline/preparation.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("preparation: a redrive policy that a few restarts use up is told of at the start")
{
    sqs::queue_attributes queue;
    CHECK(!pipeline::advice_on(queue)); // without a policy nothing is moved
    queue.max_receive_count = 10;
    CHECK(!pipeline::advice_on(queue));
    queue.max_receive_count = 3;
    const auto advice = pipeline::advice_on(queue);
    REQUIRE(advice);
    CHECK_THAT(*advice, Catch::Contains("after 3 receives") && Catch::Contains("maxReceiveCount"));
}
