#include "pipeline/releaser.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using pipeline::release_visibility;

TEST_CASE("releaser: what is given back stays hidden the longer the more often it was received")
{
    CHECK(release_visibility(30s, 0) == 30s);
    CHECK(release_visibility(30s, 1) == 60s);
    CHECK(release_visibility(30s, 3) == 240s);
    CHECK(release_visibility(30s, 9) == 15min);
    CHECK(release_visibility(30s, 4'000'000'000) == 15min);
    CHECK(release_visibility(1h, 5) == 1h);    // never shorter than the queue's own
    CHECK(release_visibility(12h, 50) == 12h); // nor longer than SQS takes
}
