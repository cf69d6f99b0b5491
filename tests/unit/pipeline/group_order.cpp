#include "pipeline/group_order.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using namespace sluice;
using pipeline::group_order;
using portions = std::vector<group_order::portion>;

namespace {

struct bench
{
    // A delivery with a message of each of these groups, named by letters.
    delivery& deliver(std::string_view groups)
    {
        made.push_back(std::make_unique<delivery>());
        for (const char& group : groups)
            made.back()->messages[made.back()->count++].group_id = {&group, 1};
        return *made.back();
    }

    std::vector<std::unique_ptr<delivery>> made;
    group_order order;
};

receipt at(delivery& of, std::uint8_t index)
{
    return {&of, index};
}

} // namespace

TEST_CASE("group order: a delivery goes on at once, each of its groups together")
{
    bench one;
    delivery& first = one.deliver("aabba");
    CHECK(one.order.arrive(first, 0) ==
          portions{{&first, 0b10011, false}, {&first, 0b01100, false}});
    CHECK(one.order.groups() == 2);
}

TEST_CASE("group order: what comes of a group waits until all of it that went on has ended")
{
    bench one;
    delivery& first = one.deliver("aab");
    delivery& again = one.deliver("aac");
    CHECK(one.order.arrive(first, 0).size() == 2);
    CHECK(one.order.arrive(again, 0) == portions{{&again, 0b100, false}});
    CHECK_FALSE(one.order.ended(at(first, 2), true).next); // of another group
    CHECK_FALSE(one.order.ended(at(first, 0), true).next);
    const auto then = one.order.ended(at(first, 1), true);
    REQUIRE(then.next);
    CHECK(*then.next == group_order::portion{&again, 0b011, false});
    CHECK(then.left_alone.empty());
}

TEST_CASE("group order: a later delivery goes on whatever became of the one before")
{
    bench one;
    delivery& first = one.deliver("aa");
    delivery& again = one.deliver("aa");
    static_cast<void>(one.order.arrive(first, 0));
    static_cast<void>(one.order.arrive(again, 0));
    CHECK_FALSE(one.order.ended(at(first, 0), false).next);
    const auto then = one.order.ended(at(first, 1), false);
    REQUIRE(then.next); // it begins with the head of the group, as SQS hands it out
    CHECK(then.next->of == &again);
    CHECK(then.left_alone.empty());
}

TEST_CASE("group order: a suspect goes alone, after those before it and before those behind")
{
    bench one;
    delivery& all = one.deliver("aaaab");
    CHECK(one.order.arrive(all, 0b00100) ==
          portions{{&all, 0b00011, false}, {&all, 0b10000, false}});
    static_cast<void>(one.order.ended(at(all, 0), true));
    const auto second = one.order.ended(at(all, 1), true);
    REQUIRE(second.next);
    CHECK(*second.next == group_order::portion{&all, 0b00100, true});
    const auto third = one.order.ended(at(all, 2), true);
    REQUIRE(third.next);
    CHECK(*third.next == group_order::portion{&all, 0b01000, false});
}

TEST_CASE("group order: two suspects in a row go one after the other")
{
    bench one;
    delivery& all = one.deliver("aa");
    CHECK(one.order.arrive(all, 0b11) == portions{{&all, 0b01, true}});
    const auto second = one.order.ended(at(all, 0), true);
    REQUIRE(second.next);
    CHECK(*second.next == group_order::portion{&all, 0b10, true});
}

TEST_CASE("group order: what was not stored takes along what waits for it, of its delivery alone")
{
    bench one;
    delivery& first = one.deliver("abaa");
    delivery& again = one.deliver("a");
    static_cast<void>(one.order.arrive(first, 0b0101)); // suspects at 0 and 2
    static_cast<void>(one.order.arrive(again, 0));
    const auto then = one.order.ended(at(first, 0), false);
    CHECK(then.left_alone == std::vector<receipt>{at(first, 2), at(first, 3)});
    REQUIRE(then.next);
    CHECK(*then.next == group_order::portion{&again, 0b1, false});
}

TEST_CASE("group order: one that was not stored counts, though others beside it were")
{
    bench one;
    delivery& all = one.deliver("aaa");
    static_cast<void>(one.order.arrive(all, 0b100));
    CHECK(one.order.ended(at(all, 1), false).left_alone.empty()); // not before all have ended
    CHECK(one.order.ended(at(all, 0), true).left_alone == std::vector<receipt>{at(all, 2)});
    CHECK(one.order.groups() == 0);
}

TEST_CASE("group order: a group is forgotten with its last message")
{
    bench one;
    delivery& all = one.deliver("abc");
    static_cast<void>(one.order.arrive(all, 0));
    for (std::uint8_t i = 0; i < 3; ++i) {
        CHECK(one.order.groups() == 3U - i);
        CHECK_FALSE(one.order.ended(at(all, i), i != 1).next);
    }
    CHECK(one.order.groups() == 0);
    CHECK_FALSE(one.order.ended(at(all, 0), true).next);
}

TEST_CASE("group order: what is taken back follows nobody any more")
{
    bench one;
    delivery& first = one.deliver("ab");
    delivery& again = one.deliver("aa");
    static_cast<void>(one.order.arrive(first, 0));
    static_cast<void>(one.order.arrive(again, 0));
    CHECK(one.order.take_waiting() == std::vector<receipt>{at(again, 0), at(again, 1)});
    CHECK(one.order.groups() == 2);
    const auto then = one.order.ended(at(first, 0), false);
    CHECK_FALSE(then.next);
    CHECK(then.left_alone.empty());
    CHECK_FALSE(one.order.ended(at(again, 0), false).next);
    CHECK(one.order.groups() == 1);
}
