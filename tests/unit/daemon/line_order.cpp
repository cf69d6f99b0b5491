#include "daemon/send/line_order.hpp"

#include "source/sqs/client.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::daemon;

namespace {

message_line line(std::uint64_t number, const std::string& group, std::size_t bytes = 1)
{
    return {.number = number, .body = std::string(bytes, 'a'), .group_id = group};
}

std::vector<std::uint64_t> numbers(const std::vector<message_line>& lines)
{
    std::vector<std::uint64_t> out;
    for (const message_line& each : lines)
        out.push_back(each.number);
    return out;
}

using some = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("line order: without groups to keep, whatever came may leave, ten at a time")
{
    line_order order(false);
    std::vector<message_line> lines;
    for (std::uint64_t i = 1; i <= 12; ++i)
        lines.push_back(line(i, i % 2 == 0 ? "g" : ""));
    order.add(std::move(lines));
    CHECK(numbers(order.take()) == some{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    CHECK(numbers(order.take()) == some{11, 12});
    CHECK_FALSE(order.any_ready());
    CHECK(order.empty());
}

TEST_CASE("line order: a group has one line under way, and the next one leaves when it has ended")
{
    line_order order(true);
    order.add({line(1, "a"), line(2, "a"), line(3, "b"), line(4, "a"), line(5, "b")});
    const auto first = order.take();
    CHECK(numbers(first) == some{1, 3});
    CHECK_FALSE(order.any_ready());
    CHECK_FALSE(order.empty());
    order.ended(first[1]);
    CHECK(numbers(order.take()) == some{5});
    order.add({line(6, "a"), line(7, "b"), line(8, "c")});
    CHECK(numbers(order.take()) == some{8});
    order.ended(first[0]);
    CHECK(numbers(order.take()) == some{2});
}

TEST_CASE("line order: a group whose lines have all ended begins anew")
{
    line_order order(true);
    for (std::uint64_t i = 1; i <= 3; ++i) {
        order.add({line(i, "a")});
        const auto taken = order.take();
        CHECK(numbers(taken) == some{i});
        order.ended(taken.front());
        CHECK(order.empty());
        CHECK_FALSE(order.any_ready());
    }
}

TEST_CASE("line order: what leaves together is no larger than one message may be")
{
    for (const bool keeps_groups : {false, true}) {
        line_order order(keeps_groups);
        const std::size_t half = sluice::sqs::send_bytes_max / 2;
        order.add({line(1, "a", half), line(2, "b", half + 1), line(3, "c", half - 1)});
        CHECK(numbers(order.take()) == some{1});
        CHECK(numbers(order.take()) == some{2, 3});
    }
}

TEST_CASE("line order: lines and bytes that wait are bounded")
{
    line_order many(true);
    for (std::uint64_t i = 1; i <= line_order::lines_waiting_max; ++i) {
        CHECK(many.has_room());
        many.add({line(i, "a")});
    }
    CHECK_FALSE(many.has_room());
    const auto taken = many.take();
    CHECK(many.has_room());
    CHECK(numbers(many.take_rest()).size() == line_order::lines_waiting_max - taken.size());
    CHECK(many.empty());

    line_order large(true);
    large.add({line(1, "a", line_order::bytes_waiting_max)});
    CHECK_FALSE(large.has_room());
}

TEST_CASE("line order: what is left is told in the order of the file")
{
    line_order order(true);
    order.add({line(1, "a"), line(2, "b"), line(3, "a"), line(4, "b"), line(5, "c")});
    CHECK(numbers(order.take()) == some{1, 2, 5});
    CHECK(numbers(order.take_rest()) == some{3, 4});
    CHECK_FALSE(order.any_ready());
}
