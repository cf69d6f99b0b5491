#include "pipeline/brake.hpp"

#include <fmt/format.h>

namespace sluice::pipeline {
namespace {

constexpr int slices_a_window = 30;

} // namespace

bool brake::stored(steady_time now, std::size_t messages, std::size_t dead_letters)
{
    if (!limits_.on)
        return false;
    forget(now);
    if (slices_.empty() || now - slices_.back().began >= limits_.window / slices_a_window)
        slices_.push_back({now});
    slices_.back().messages += messages;
    slices_.back().dead_letters += dead_letters;
    messages_ += messages;
    dead_letters_ += dead_letters;
    if (!is_too_much())
        return false;
    text_ = fmt::format("the brake: {} of {} messages within {} s became dead letters; look at "
                        "sluice.dead_letters, repair the producer or the configuration, and resume "
                        "or restart",
                        dead_letters_, messages_,
                        std::chrono::duration_cast<std::chrono::seconds>(limits_.window).count());
    begin_anew();
    return true;
}

void brake::begin_anew() noexcept
{
    slices_.clear();
    messages_ = dead_letters_ = 0;
}

void brake::forget(steady_time now)
{
    while (!slices_.empty() && now - slices_.front().began > limits_.window) {
        messages_ -= slices_.front().messages;
        dead_letters_ -= slices_.front().dead_letters;
        slices_.pop_front();
    }
}

bool brake::is_too_much() const noexcept
{
    return dead_letters_ >= limits_.count &&
           dead_letters_ * 100 > messages_ * limits_.share_percent;
}

} // namespace sluice::pipeline
