#include "source/sqs/receive_attempt.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using sqs::receive_attempt;

namespace {

constexpr steady_time start = steady_time(1000s);

} // namespace

TEST_CASE("receive_attempt: a receive without an answer is asked again by its name")
{
    seeded_random random{1};
    receive_attempt one;
    const std::string first = one.name(start, random);
    CHECK(first.size() == 32);
    CHECK_FALSE(one.repeats());
    CHECK(one.name(start + 30s, random) == first);
    CHECK(one.repeats());
}

TEST_CASE("receive_attempt: after an answer, or a refusal to repeat it, comes another name")
{
    seeded_random random{1};
    receive_attempt one;
    const std::string first = one.name(start, random);
    one.over();
    CHECK(one.name(start + 1s, random) != first);
    CHECK_FALSE(one.repeats());
}

TEST_CASE("receive_attempt: no name is given for longer than SQS remembers it")
{
    seeded_random random{1};
    receive_attempt one;
    const std::string first = one.name(start, random);
    CHECK(one.name(start + receive_attempt::kept - 1s, random) == first);
    const std::string second = one.name(start + receive_attempt::kept, random);
    CHECK(second != first);
    CHECK(one.name(start + receive_attempt::kept + 1min, random) == second); // its time begins anew
    static_assert(receive_attempt::kept < 5min);
}

TEST_CASE("receive_attempt: no two receives share a name")
{
    seeded_random random{1};
    receive_attempt one;
    receive_attempt other;
    CHECK(one.name(start, random) != other.name(start, random));
}
