#include "pipeline/intake_gate.hpp"

#include <algorithm>
#include <utility>

namespace sluice::pipeline {

void intake_gate::push(delivery& full)
{
    assignment rest{&full, assignment::all_of(full.count), 0};
    const std::size_t waiting = suspects_.size();
    if (sets_suspects_aside_) {
        for (std::size_t i = 0; i < full.count; ++i) {
            if (full.messages[i].receive_count < suspect_receives)
                continue;
            rest.transform &= static_cast<std::uint16_t>(~assignment::bit(i));
            suspects_.push_back({&full, static_cast<std::uint8_t>(i)});
        }
    }
    if (rest.transform != 0) {
        if (closed_)
            kept_.push_back(rest);
        else
            rings_.push(rest);
    }
    if (suspects_.size() > waiting && on_suspect_)
        on_suspect_();
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
    return out;
}

} // namespace sluice::pipeline
