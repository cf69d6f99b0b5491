#include "pipeline/intake_gate.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace sluice::pipeline {

std::uint16_t intake_gate::suspects_of(const delivery& full) const noexcept
{
    std::uint16_t out = 0;
    for (std::size_t i = 0; sets_suspects_aside_ && i < full.count; ++i)
        if (full.messages[i].receive_count >= suspect_receives)
            out |= assignment::bit(i);
    return out;
}

void intake_gate::push(delivery& full)
{
    std::uint16_t suspects = suspects_of(full);
    assignment rest{&full, 0, 0};
    if (order_) {
        const std::uint16_t all_suspects = std::exchange(suspects, std::uint16_t{0});
        for (const group_order::portion& each : order_->arrive(full, all_suspects))
            (each.alone ? suspects : rest.transform) |= each.messages;
    } else {
        rest.transform = assignment::all_of(full.count) & static_cast<std::uint16_t>(~suspects);
    }
    if (rest.transform != 0)
        hand_on(rest);
    for (std::size_t i = 0; suspects != 0 && i < full.count; ++i)
        if ((suspects & assignment::bit(i)) != 0)
            set_aside({&full, static_cast<std::uint8_t>(i)});
}

void intake_gate::hand_on(const assignment& work)
{
    if (closed_)
        kept_.push_back(work);
    else
        rings_.push(work);
}

void intake_gate::set_aside(receipt suspect)
{
    suspects_.push_back(suspect);
    if (on_suspect_)
        on_suspect_();
}

void intake_gate::go_on(const std::optional<group_order::portion>& next)
{
    if (!next)
        return;
    if (next->alone)
        set_aside({next->of, static_cast<std::uint8_t>(std::countr_zero(next->messages))});
    else
        hand_on({next->of, next->messages, 0});
}

std::vector<receipt> intake_gate::failed(receipt which)
{
    if (!order_)
        return {};
    group_order::consequence what = order_->ended(which, false);
    go_on(what.next);
    return std::move(what.left_alone);
}

std::optional<receipt> intake_gate::take_suspect()
{
    if (suspects_.empty())
        return std::nullopt;
    const receipt out = suspects_.front();
    suspects_.pop_front();
    return out;
}

void intake_gate::open()
{
    if (ended_)
        return;
    closed_ = false;
    for (const assignment& each : std::exchange(kept_, {}))
        rings_.push(each);
}

void intake_gate::take_back()
{
    while (const auto work = rings_.try_take_back())
        kept_.push_back(*work);
    rings_.intake_bell.ring_all(); // workers that wait for room need not, if no more comes
}

std::vector<receipt> intake_gate::take_unbegun_if(const std::function<bool(const receipt&)>& wanted)
{
    std::vector<receipt> out;
    if (rings_.has_alone())
        return out;
    const auto take_from = [&](assignment& of) {
        for (std::size_t i = 0; i < of.of->count; ++i) {
            const receipt each{of.of, static_cast<std::uint8_t>(i)};
            if ((of.transform & assignment::bit(i)) == 0 || !wanted(each))
                continue;
            out.push_back(each);
            of.transform &= static_cast<std::uint16_t>(~assignment::bit(i));
        }
        return of.transform == 0;
    };
    std::deque<assignment> kept = std::exchange(kept_, {});
    take_back();
    for (assignment& each : std::exchange(kept_, {}))
        if (!take_from(each))
            rings_.push(each);
    for (assignment& each : kept)
        if (!take_from(each))
            kept_.push_back(each);
    return out;
}

std::vector<receipt>
intake_gate::take_suspects_if(const std::function<bool(const receipt&)>& wanted)
{
    const auto first = std::stable_partition(suspects_.begin(), suspects_.end(),
                                             [&](const receipt& each) { return !wanted(each); });
    std::vector<receipt> out(first, suspects_.end());
    suspects_.erase(first, suspects_.end());
    return out;
}

std::vector<receipt> intake_gate::take_all()
{
    std::vector<receipt> out(suspects_.begin(), suspects_.end());
    suspects_.clear();
    for (const assignment& each : std::exchange(kept_, {}))
        for (std::size_t i = 0; i < each.of->count; ++i)
            if (((each.transform | each.refuse) & assignment::bit(i)) != 0)
                out.push_back({each.of, static_cast<std::uint8_t>(i)});
    if (order_) {
        const std::vector<receipt> waiting = order_->take_waiting();
        out.insert(out.end(), waiting.begin(), waiting.end());
    }
    return out;
}

} // namespace sluice::pipeline
