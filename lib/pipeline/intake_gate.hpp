// Between the receive and the transform workers: hands deliveries on, and sets suspects aside. A
// suspect is a message that was received so often that it may be what killed its receivers.
#pragma once

#include "core/delivery.hpp"
#include "pipeline/rings.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace sluice::pipeline {

// The I/O thread's.
class intake_gate
{
public:
    // So many receives make a suspect. It is no proof of anything: deploys, kills and outages count
    // as receives, too.
    static constexpr std::uint32_t suspect_receives = 3;

    intake_gate(rings& to, bool sets_suspects_aside) noexcept
        : rings_(to), sets_suspects_aside_(sets_suspects_aside)
    {}

    // To the workers, but for its suspects.
    void push(delivery& full);

    // The suspect that waits longest; nothing if none does.
    [[nodiscard]] std::optional<receipt> take_suspect();
    // The same, left where it is.
    [[nodiscard]] const receipt* next_suspect() const noexcept
    {
        return suspects_.empty() ? nullptr : &suspects_.front();
    }
    void put_back(receipt suspect) { suspects_.push_front(suspect); }
    [[nodiscard]] bool any_suspects() const noexcept { return !suspects_.empty(); }
    // Called when a suspect comes.
    void on_suspect(std::function<void()> tell) { on_suspect_ = std::move(tell); }

    // Closed, it keeps what comes until it is opened: a suspect is alone in work.
    void close() noexcept { closed_ = true; }
    void open();
    // The workers take no more: what is kept here stays, for take_all.
    void stay_closed() noexcept { closed_ = ended_ = true; }
    // What no worker has begun comes back, for take_all.
    void take_back();

    // Those of the suspects that wait.
    [[nodiscard]] std::vector<receipt>
    take_suspects_if(const std::function<bool(const receipt&)>& wanted);

    // Everything that waits here, at the end of a drain.
    [[nodiscard]] std::vector<receipt> take_all();

private:
    rings& rings_;
    bool sets_suspects_aside_;
    bool closed_ = false;
    bool ended_ = false;
    std::deque<receipt> suspects_;
    std::deque<assignment> kept_; // while closed
    std::function<void()> on_suspect_;
};

} // namespace sluice::pipeline
