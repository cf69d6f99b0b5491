// A text about the daemon that costs time to make, for people who may ask too often.
#pragma once

#include "net/rate_limit.hpp"

#include <functional>
#include <string>

namespace sluice::admin {

// Not thread-safe.
class paced_text
{
public:
    paced_text(net::rate of, std::function<std::string()> make) : turns_(of), make_(std::move(make))
    {}

    // Made anew as often as the rate allows; beyond it, what was made last, so that a crowd costs
    // no more than a few who ask. Throws what making it throws. The answer is good until the next
    // call.
    [[nodiscard]] const std::string& get(steady_time now)
    {
        if (is_outdated_ || turns_.take_if_due(now)) {
            is_outdated_ = true; // if it cannot be made
            text_ = make_();
            is_outdated_ = false;
        }
        return text_;
    }

    // Something has changed that the next who asks must see.
    void outdate() noexcept { is_outdated_ = true; }

private:
    net::rate_limit turns_;
    std::function<std::string()> make_;
    std::string text_;
    bool is_outdated_ = true;
};

} // namespace sluice::admin
