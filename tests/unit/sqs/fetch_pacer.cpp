#include "source/sqs/fetch_pacer.hpp"

#include <catch2/catch.hpp>

using sluice::sqs::fetch_pacer;

TEST_CASE("fetch_pacer: full polls add a fetcher each, up to the maximum")
{
    fetch_pacer pacer({.min = 2, .max = 5});
    CHECK(pacer.wanted() == 2);
    for (int i = 0; i < 10; ++i)
        pacer.poll_was_full();
    CHECK(pacer.wanted() == 5);
    CHECK(pacer.too_few(4));
    CHECK_FALSE(pacer.too_few(5));
}

TEST_CASE("fetch_pacer: empty polls remove one each, down to the minimum")
{
    fetch_pacer pacer({.min = 1, .max = 5});
    for (int i = 0; i < 4; ++i)
        pacer.poll_was_full();
    pacer.poll_was_empty();
    CHECK(pacer.wanted() == 4);
    CHECK(pacer.too_many(5));
    for (int i = 0; i < 10; ++i)
        pacer.poll_was_empty();
    CHECK(pacer.wanted() == 1);
}

TEST_CASE("fetch_pacer: a throttled queue gets half as many polls")
{
    fetch_pacer pacer({.min = 1, .max = 40});
    for (int i = 0; i < 39; ++i)
        pacer.poll_was_full();
    pacer.was_throttled();
    CHECK(pacer.wanted() == 20);
    for (int i = 0; i < 10; ++i)
        pacer.was_throttled();
    CHECK(pacer.wanted() == 1);
}
