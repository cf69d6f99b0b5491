#include "pipeline/group_order.hpp"

#include <cassert>

namespace sluice::pipeline {
namespace {

constexpr std::uint16_t bit(std::size_t index) noexcept
{
    return static_cast<std::uint16_t>(1U << index);
}

void append_receipts(const group_order::portion& of, std::vector<receipt>& to)
{
    for (std::size_t i = 0; i < of.of->count; ++i)
        if ((of.messages & bit(i)) != 0)
            to.push_back({of.of, static_cast<std::uint8_t>(i)});
}

} // namespace

group_order::group& group_order::group_of(const message& which)
{
    const auto found = groups_.find(which.group_id);
    return found != groups_.end() ? found->second : groups_[std::string(which.group_id)];
}

const group_order::portion& group_order::begin_next(group& of)
{
    assert(of.at_work.messages == 0 && !of.waiting.empty());
    of.at_work = of.waiting.front();
    of.failed = false;
    of.waiting.pop_front();
    return of.at_work;
}

std::vector<group_order::portion> group_order::arrive(delivery& full, std::uint16_t suspects)
{
    for (std::size_t i = 0; i < full.count; ++i) {
        std::deque<portion>& waiting = group_of(full.messages[i]).waiting;
        const bool alone = (suspects & bit(i)) != 0;
        const bool joins =
            !alone && !waiting.empty() && waiting.back().of == &full && !waiting.back().alone;
        if (joins)
            waiting.back().messages |= bit(i);
        else
            waiting.push_back({&full, bit(i), alone});
    }
    std::vector<portion> out;
    for (std::size_t i = 0; i < full.count; ++i) {
        group& its = group_of(full.messages[i]);
        if (its.at_work.messages == 0 && !its.waiting.empty())
            out.push_back(begin_next(its));
    }
    return out;
}

group_order::consequence group_order::ended(receipt which, bool stored)
{
    consequence out;
    const auto found = groups_.find(which->group_id);
    if (found == groups_.end())
        return out;
    group& its = found->second;
    if (its.at_work.of != which.from || (its.at_work.messages & bit(which.index)) == 0)
        return out;
    its.at_work.messages &= static_cast<std::uint16_t>(~bit(which.index));
    its.failed = its.failed || !stored;
    if (its.at_work.messages != 0)
        return out;
    while (its.failed && !its.waiting.empty() && its.waiting.front().of == which.from) {
        append_receipts(its.waiting.front(), out.left_alone);
        its.waiting.pop_front();
    }
    if (its.waiting.empty())
        groups_.erase(found);
    else
        out.next = begin_next(its);
    return out;
}

std::vector<receipt> group_order::take_waiting()
{
    std::vector<receipt> out;
    for (auto it = groups_.begin(); it != groups_.end();) {
        for (const portion& each : it->second.waiting)
            append_receipts(each, out);
        it->second.waiting.clear();
        it = it->second.at_work.messages == 0 ? groups_.erase(it) : std::next(it);
    }
    return out;
}

} // namespace sluice::pipeline
